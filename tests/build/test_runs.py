"""Rows in runs and out of them again are the same rows."""

from collections import Counter
from datetime import UTC, date, datetime

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from meteolake.build.runs import ROWS, runs_of, unfolded

SCHEMA = pa.schema(
    {
        "site_id": pa.string(),
        "date": pa.date32(),
        "value": pa.float64(),
        "captured_at": pa.timestamp("us", "UTC"),
        "is_deleted": pa.bool_(),
    }
)
SAME = {"site_id", "captured_at", "is_deleted"}

captures = st.fixed_dictionaries(
    {
        "site_id": st.sampled_from(["a", "b"]),
        "captured_at": st.sampled_from([None, datetime(2026, 1, 2, 6, tzinfo=UTC)]),
        "is_deleted": st.booleans(),
    }
)
days = st.fixed_dictionaries({"date": st.none() | st.dates(date(1950, 1, 1)), "value": st.none() | st.floats(-90, 60)})
stretches = st.lists(st.tuples(captures, st.lists(days, min_size=1, max_size=40)), min_size=1, max_size=6)


@given(stretches, st.data())
def test_every_row_comes_back(
    found: list[tuple[dict[str, object], list[dict[str, object]]]], data: st.DataObject
) -> None:
    rows = pa.RecordBatch.from_pylist([capture | day for capture, of_days in found for day in of_days], SCHEMA)
    start = data.draw(st.integers(0, rows.num_rows - 1))
    part = rows.slice(start)  # engines hand over parts of longer arrays
    runs = runs_of(part, SAME)
    assert counted(pa.Table.from_batches(unfolded(runs))) == counted(part)
    assert runs.num_rows <= len(found) + part.num_rows // 16 + 1


def counted(rows: pa.Table | pa.RecordBatch) -> Counter[tuple[object, ...]]:
    return Counter(tuple(row[name] for name in SCHEMA.names) for row in rows.to_pylist())


def test_mixed_sites_are_put_together_first() -> None:
    rows = pa.record_batch({"site_id": ["a", "b"] * 8, "day": list(range(16))})
    runs = runs_of(rows, {"site_id"}).to_pylist()
    assert [(run["site_id"], [row["day"] for row in run[ROWS]]) for run in runs] == [
        ("a", list(range(0, 16, 2))),
        ("b", list(range(1, 16, 2))),
    ]


def test_a_run_is_of_rows_that_follow_each_other_and_not_too_long() -> None:
    rows = pa.record_batch({"site_id": ["a"] * 20 + ["b"] * 2 + ["a"], "day": list(range(23))})
    runs = runs_of(rows, {"site_id"}).to_pylist()
    assert [(run["site_id"], len(run[ROWS])) for run in runs] == [("a", 16), ("a", 4), ("b", 2), ("a", 1)]

from collections.abc import Callable
from datetime import date, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from meteolake.capture.database import ObservationsTable
from meteolake.capture.deletions import absent, find_deletions
from meteolake.capture.load_observations import load
from meteolake.sites import Site

Key = tuple[str, date]
FIRST = date(1969, 12, 25)

keys = st.sets(st.tuples(st.sampled_from("abc"), st.integers(0, 20).map(lambda n: FIRST + timedelta(days=n))))


def known(chosen: set[Key]) -> pa.Table:
    return pa.table(
        {
            "site_id": pa.array([site for site, _ in chosen], pa.string()),
            "date": pa.array([day for _, day in chosen], pa.date32()),
        }
    )


def present(chosen: list[Key], style: str) -> pa.Table:
    return pa.table(
        {
            "site_id": pa.array([site for site, _ in chosen], pa.string()),
            "date": pa.array([day.strftime(style) for _, day in chosen], pa.string()),
        }
    )


@given(keys, keys, st.sampled_from(["%Y-%m-%d", "%Y%m%d"]), st.integers(1, 7))
def test_what_is_known_and_no_longer_there_is_absent(ours: set[Key], theirs: set[Key], style: str, size: int) -> None:
    there = sorted(theirs | {("unknown", FIRST)})
    tables = [present(there[start : start + size], style) for start in range(0, len(there), size)]
    found = absent(known(ours), tables).to_pylist()
    assert {(row["site_id"], date.fromisoformat(row["date"])) for row in found} == ours - theirs
    assert len(found) == len(ours - theirs)


def test_a_key_that_is_no_date_is_passed_over() -> None:
    odd = pa.table({"site_id": ["a"], "date": ["yesterday"]})
    assert absent(known({("a", FIRST)}), [odd]).num_rows == 1


def test_rows_that_were_deleted_from_a_database_are_found(url: str, execute: Callable[..., None]) -> None:
    days = [date(2020, 1, 1) + timedelta(days=number) for number in range(5)]
    rows = pa.table({"site_id": ["a"] * 5, "date": days, "precipitation_sum": [1.0] * 5})
    load(url, [Site("a", "A", 1.0, 2.0)], rows)
    ours = known({("a", day) for day in days})
    assert find_deletions(url, ObservationsTable(), ours, "here", batch_rows=2) is None
    execute("delete from observations where date in ('2020-01-02', '2020-01-05')")
    batch = find_deletions(url, ObservationsTable(), ours, "here", batch_rows=2)
    assert batch is not None
    assert batch.table.select(["site_id", "date", "is_deleted"]).to_pylist() == [
        {"site_id": "a", "date": day, "is_deleted": True} for day in ("2020-01-02", "2020-01-05")
    ]
    assert (batch.cursor_from, batch.cursor_to) == ("here", "here")

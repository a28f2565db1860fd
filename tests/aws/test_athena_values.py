"""Athena's answers, which are texts, as typed values."""

from datetime import UTC

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.athena_stand_in import as_texts

from meteolake.aws.athena_values import typed

VALUES = {
    pa.bool_(): st.booleans(),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.string(): st.text(),
    pa.date32(): st.dates(),
    pa.timestamp("us"): st.datetimes(),
    pa.timestamp("us", "UTC"): st.datetimes(timezones=st.just(UTC)),
}


@given(st.data())
def test_every_value_comes_back_as_it_was(data: st.DataObject) -> None:
    types = data.draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=4))
    rows = data.draw(st.lists(st.tuples(*(st.none() | VALUES[each] for each in types)), max_size=4))
    fields = [pa.field(f"c{number}", each) for number, each in enumerate(types)]
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    answer = pa.Table.from_arrays(
        [pa.array(c, t) for c, t in zip(columns, types, strict=True)], schema=pa.schema(fields)
    )
    assert typed(*as_texts(answer), answer.schema) == answer


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-07-01 06:00:00.000 UTC", "2026-07-01 06:00:00"),
        ("2026-07-01 06:00:00.000 Europe/Berlin", "2026-07-01 04:00:00"),
        ("2026-07-01 06:00:00.000 +05:30", "2026-07-01 00:30:00"),
    ],
)
def test_instants_of_any_zone_are_read(written: str, instant: str) -> None:
    expected = pa.schema([("at", pa.timestamp("us", "UTC"))])
    [found] = typed([[written]], ["timestamp with time zone"], expected)["at"].to_pylist()
    assert found.strftime("%Y-%m-%d %H:%M:%S") == instant


def test_a_value_that_does_not_fit_keeps_athenas_type() -> None:
    expected = pa.schema([("n", pa.int32()), ("d", pa.decimal128(38, 0))])
    found = typed([[str(2**40), "12345678901234567890"], [None, None]], ["bigint", "decimal"], expected)
    assert found.to_pylist() == [{"n": 2**40, "d": 12345678901234567890}, {"n": None, "d": None}]

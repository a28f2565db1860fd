import json
from datetime import date
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.archive_days import archive_days, dates, side_by_side
from meteolake.variables import VARIABLES

lists = st.lists(st.none() | st.lists(st.integers(0, 9) | st.none(), max_size=4), min_size=3, max_size=3)


@given(st.lists(lists, min_size=1, max_size=5))
def test_lists_lie_side_by_side_and_short_ones_are_filled_up(rows: list[list[list[int | None] | None]]) -> None:
    columns = [pa.array([row[column] for row in rows], pa.list_(pa.int64())) for column in range(3)]
    expected = [
        (number, *values) for number, row in enumerate(rows) for values in zip_longest(*(each or [] for each in row))
    ]
    number, values = side_by_side(columns)
    assert list(zip(number.tolist(), *(each.to_pylist() for each in values), strict=True)) == expected


@pytest.mark.parametrize("text", ["2021-02-29", "20200229", "2020-W01-1", "2020-1-1", "2020-01-01 ", "today", "", None])
def test_what_is_no_iso_date_of_the_calendar_is_none(text: str | None) -> None:
    assert dates(pa.array([text, "2020-02-29"])).to_pylist() == [None, date(2020, 2, 29)]


WHOLE = {
    "site_id": "a",
    "source": "era5",
    "captured_at": "2026-01-10T00:00:00+00:00",
    "raw_object": "object",
    "payload": {"daily": {"time": ["2020-01-01"], "precipitation_sum": [-0.0]}},
}


def test_a_capture_without_a_payload_gives_no_days(spark: SparkSession) -> None:
    lines = [(json.dumps(WHOLE),), (json.dumps(WHOLE | {"payload": None}),)]
    [day] = archive_days(spark.createDataFrame(lines, "value string"), tuple(VARIABLES)).collect()
    assert (day.site_id, day.date, day.temperature_2m_max) == ("a", date(2020, 1, 1), None)
    assert str(day.precipitation_sum) == "0.0"


@pytest.mark.parametrize("line", ["{", "", "[1]", "{}", json.dumps(WHOLE)[:-20]])
def test_a_line_that_is_no_capture_stops_whoever_reads_it(spark: SparkSession, line: str) -> None:
    days = archive_days(spark.createDataFrame([(json.dumps(WHOLE),), (line,)], "value string"), tuple(VARIABLES))
    with pytest.raises(PySparkException, match="A raw object holds a line that is no capture"):
        days.collect()


def test_captures_of_more_days_than_are_laid_out_at_once_lose_none(spark: SparkSession) -> None:
    lengths = [30_000, 0, 150_000, 1, 200_000, 30_000]
    days = [str(day) for day in np.arange("1700-01-01", "2260-01-01", dtype="datetime64[D]")[: max(lengths)]]
    lines = [
        (json.dumps(WHOLE | {"site_id": str(site), "payload": {"daily": {"time": days[:length]}}}),)
        for site, length in enumerate(lengths)
    ]
    rows = archive_days(spark.createDataFrame(lines, "value string"), ("precipitation_sum",))
    found = rows.groupBy("site_id").agg(F.count("date"), F.max("date_text")).collect()
    assert {int(row[0]): tuple(row)[1:] for row in found} == {
        site: (length, days[length - 1]) for site, length in enumerate(lengths) if length
    }

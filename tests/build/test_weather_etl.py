import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from meteolake.build import weather_etl
from meteolake.build.archive_days import archive_days
from meteolake.tables import OBSERVATIONS_DAILY, QUARANTINE, WEATHER_DAILY
from meteolake.variables import VARIABLES

ALL = tuple(VARIABLES)


def capture(
    *, site_id: str = "a", captured_at: str = "2026-01-10T00:00:00+00:00", days: Sequence[str], **daily: Any
) -> str:
    payload = {"latitude": 1.0, "daily": {"time": list(days), **daily}}
    return json.dumps(
        {
            "site_id": site_id,
            "source": "era5",
            "captured_at": captured_at,
            "raw_object": f"{site_id}-{captured_at}",
            "payload": payload,
        }
    )


def rows_of(spark: SparkSession, *captures: str) -> DataFrame:
    return archive_days(spark.createDataFrame([(text,) for text in captures], "value string"), ALL)


def trusted(spark: SparkSession, *captures: str) -> list[Any]:
    known = spark.createDataFrame([], WEATHER_DAILY.ddl)
    found = weather_etl.trusted(rows_of(spark, *captures), known, WEATHER_DAILY, ALL)
    return found.orderBy("site_id", "date").collect()


def refusals(spark: SparkSession, *captures: str) -> set[tuple[str, str, float | None]]:
    rows = rows_of(spark, *captures)
    sequences = rows.select("raw_object").distinct().selectExpr("raw_object", "cast(1 as bigint) as sequence")
    found = weather_etl.refused(rows, sequences, WEATHER_DAILY)
    assert found.columns == list(QUARANTINE.names)
    return {(row.rule, row.date, row.value) for row in found.collect()}


def test_variables_that_were_never_captured_are_empty_columns(spark: SparkSession) -> None:
    first = capture(days=["2020-01-01"], temperature_2m_mean=[0.5], precipitation_sum=[1.0])
    again = capture(captured_at="2026-01-11T00:00:00+00:00", days=["2020-01-01"], temperature_2m_mean=[0.0])
    known = spark.createDataFrame([], WEATHER_DAILY.ddl)
    some = ("temperature_2m_mean", "precipitation_sum")
    lines = spark.createDataFrame([(first,), (again,)], "value string")
    found = weather_etl.trusted(archive_days(lines, some), known, WEATHER_DAILY, some)
    assert found.columns == list(WEATHER_DAILY.names)
    assert found.collect() == trusted(spark, first, again)
    assert found.collect()[0].precipitation_sum == 1.0


def test_the_newest_capture_of_a_day_wins(spark: SparkSession) -> None:
    first = capture(days=["2020-01-01", "2020-01-02"], temperature_2m_max=[1.0, 2.0], temperature_2m_mean=[0.0, 0.0])
    second = capture(
        captured_at="2026-01-11T00:00:00+00:00",
        days=["2020-01-02", "2020-01-03"],
        temperature_2m_max=[20.0, 30.0],
        temperature_2m_mean=[0.0, 0.0],
    )
    found = trusted(spark, second, first)
    assert [(row.date.day, row.temperature_2m_max, row.year) for row in found] == [
        (1, 1.0, 2020),
        (2, 20.0, 2020),
        (3, 30.0, 2020),
    ]


def test_a_refused_newer_capture_leaves_the_older_good_one(spark: SparkSession) -> None:
    good = capture(days=["2020-01-01"], precipitation_sum=[3.0])
    bad = capture(captured_at="2026-01-11T00:00:00+00:00", days=["2020-01-01"], precipitation_sum=[-3.0])
    assert [row.precipitation_sum for row in trusted(spark, good, bad)] == [3.0]


def test_days_without_any_value_are_not_data(spark: SparkSession) -> None:
    empty_tail = capture(days=["2020-01-01", "2020-01-02"], precipitation_sum=[0.0, None])
    assert [row.date for row in trusted(spark, empty_tail)] == [date(2020, 1, 1)]
    assert refusals(spark, empty_tail) == set()


def test_negative_zero_becomes_zero(spark: SparkSession) -> None:
    [row] = trusted(spark, capture(days=["2020-01-01"], precipitation_sum=[-0.0]))
    assert str(row.precipitation_sum) == "0.0"


@pytest.mark.parametrize(
    ("daily", "refusal"),
    [
        ({"precipitation_sum": [-1.0]}, ("in_range", "2020-01-01", -1.0)),
        ({"wind_speed_10m_max": [999.0]}, ("in_range", "2020-01-01", 999.0)),
        (
            {"temperature_2m_max": [1.0], "temperature_2m_min": [2.0], "temperature_2m_mean": [1.5]},
            ("min_not_above_max", "2020-01-01", 2.0),
        ),
        ({"temperature_2m_max": [1.0], "temperature_2m_mean": [None]}, ("whole_day", "2020-01-01", 1.0)),
    ],
    ids=["negative rain", "impossible wind", "minimum above maximum", "extreme of a partial day"],
)
def test_impossible_values_go_to_the_quarantine(
    spark: SparkSession, daily: Mapping[str, Any], refusal: tuple[str, str, float]
) -> None:
    text = capture(days=["2020-01-01"], **daily)
    assert trusted(spark, text) == []
    assert refusals(spark, text) == {refusal}


@pytest.mark.parametrize(
    ("day", "rule"), [("2020-02-31", "date_valid"), ("2031-01-01", "date_known"), ("1066-10-14", "date_known")]
)
def test_wrong_dates_go_to_the_quarantine(spark: SparkSession, day: str, rule: str) -> None:
    text = capture(days=[day], precipitation_sum=[1.0])
    assert trusted(spark, text) == []
    assert refusals(spark, text) == {(rule, day, None)}


def test_accepted_and_refused_days_are_all_days_with_data(spark: SparkSession) -> None:
    days = [f"2020-01-{day:02d}" for day in range(1, 21)]
    rain = [float(day % 5 - 1) for day in range(20)]
    text = capture(days=days, precipitation_sum=rain)
    kept = {str(row.date) for row in trusted(spark, text)}
    refused = {day for _, day, _ in refusals(spark, text)}
    assert kept | refused == set(days)
    assert not kept & refused


def observed(**columns: Sequence[object]) -> pa.Table:
    rows = len(next(iter(columns.values())))
    complete = {name: columns.get(name, [None] * rows) for name in VARIABLES}
    arrays = {name: pa.array(values, pa.float64()) for name, values in complete.items()}
    return pa.table(
        {
            "site_id": columns["site_id"],
            "date": columns["date"],
            "is_deleted": columns.get("is_deleted", [False] * rows),
            "units": columns.get("units", ["{}"] * rows),
            "missing": columns.get("missing", ["[]"] * rows),
            "captured_at": pa.array(columns["captured_at"], pa.timestamp("us", tz="UTC")),
            "raw_object": columns["raw_object"],
            **arrays,
        }
    )


def test_observations_are_converted_to_the_lakes_units_and_sentinels_are_missing(spark: SparkSession) -> None:
    rows = observed(
        site_id=["a", "a", "b"],
        date=["2020-01-01", "2020-01-02", "2020-01-01"],
        temperature_2m_max=[50.0, -999.0, 10.0],
        precipitation_sum=[1.0, 2.0, 3.0],
        units=['{"temperature_2m_max": "°F", "precipitation_sum": "inch"}'] * 2 + ["{}"],
        missing=["[-999]", "[-999]", "[]"],
        captured_at=[0, 0, 1],
        raw_object=["x", "x", "y"],
    )
    found = weather_etl.observation_rows(spark.createDataFrame(rows), ALL).orderBy("site_id", "date").collect()
    assert [row.temperature_2m_max for row in found] == [pytest.approx(10.0), None, 10.0]
    assert [row.precipitation_sum for row in found] == [pytest.approx(25.4), pytest.approx(50.8), 3.0]


def test_a_deleted_observation_leaves_the_table(spark: SparkSession) -> None:
    rows = observed(
        site_id=["a", "a"],
        date=["2020-01-01", "2020-01-01"],
        precipitation_sum=[1.0, None],
        is_deleted=[False, True],
        captured_at=[1_700_000_000_000_000, 1_700_000_000_000_001],
        raw_object=["x", "y"],
    )
    known = spark.createDataFrame([], OBSERVATIONS_DAILY.ddl)
    new = weather_etl.observation_rows(spark.createDataFrame(rows), ALL)
    assert weather_etl.trusted(new, known, OBSERVATIONS_DAILY, ALL).collect() == []

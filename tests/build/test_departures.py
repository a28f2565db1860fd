"""The departures of days from their normals, whatever the order in which the engine hands over the days."""

import math
import re
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import delta
from meteolake.build.departures import anomalies_daily
from meteolake.lake.paths import Zones
from meteolake.tables import ANOMALIES_DAILY, CLIMATE_NORMALS, WEATHER_DAILY

MAXIMUM, RAIN = "temperature_2m_max", "precipitation_sum"
DATES = [date(2023, 12, 20) + timedelta(days=day) for day in range(80)]  # over a year's end and a 29 February


def weather_on(site: int, day: date) -> dict[str, float | None]:
    """Values of which each seventh maximum is missing; the second site has no rain gauge."""
    number = day.toordinal()
    return {MAXIMUM: None if number % 7 == 0 else site + number % 11, RAIN: None if site == 2 else number % 5}


def normal_on(site: int, variable: str, day_of_year: int) -> tuple[float, float]:
    """Mean and spread; it never rains at random on the first days of the year."""
    return site + day_of_year / 10, 0.0 if variable == RAIN and day_of_year < 9 else 1 + day_of_year / 100


def day_of_year(day: date) -> int:
    return (day.replace(year=2000) - date(1999, 12, 31)).days


def daily(spark: SparkSession) -> DataFrame:
    rows = [(f"site {site}", day, *weather_on(site, day).values()) for site in (1, 2, 3) for day in DATES]
    Random(7).shuffle(rows)
    known = spark.createDataFrame(rows, f"site_id string, date date, {MAXIMUM} double, {RAIN} double")
    others = [name for name in WEATHER_DAILY.names if name not in known.columns]
    return known.selectExpr("*", *(f"cast(null as {WEATHER_DAILY.types[name]}) as {name}" for name in others))


def normals(spark: SparkSession) -> DataFrame:
    """Normals of two of the sites."""
    rows = [
        (f"site {site}", variable, day, *map(float, normal_on(site, variable, day)))
        for site in (1, 2)
        for variable in (MAXIMUM, RAIN)
        for day in range(1, 367)
    ]
    known = spark.createDataFrame(rows, "site_id string, variable string, day_of_year int, mean double, spread double")
    others = [name for name in CLIMATE_NORMALS.names if name not in known.columns]
    return known.selectExpr("*", *(f"cast(null as {CLIMATE_NORMALS.types[name]}) as {name}" for name in others))


@pytest.fixture(scope="module")
def anomalies(spark: SparkSession) -> DataFrame:
    return anomalies_daily(daily(spark), normals(spark), (MAXIMUM, RAIN))


def test_each_known_day_departs_from_its_own_normal(anomalies: DataFrame) -> None:
    assert tuple(anomalies.columns) == ANOMALIES_DAILY.names
    found = {(row.site_id, row.variable, row.date): row for row in anomalies.collect()}
    expected = {
        (f"site {site}", variable, day): (value, *normal_on(site, variable, day_of_year(day)))
        for site in (1, 2)
        for day in DATES
        for variable, value in weather_on(site, day).items()
        if value is not None
    }
    assert found.keys() == expected.keys()
    for key, (value, mean, spread) in expected.items():
        row = found[key]
        assert (row.value, row.year) == (value, row.date.year)
        assert math.isclose(row.anomaly, value - mean, rel_tol=1e-12, abs_tol=1e-12)
        if spread:
            assert math.isclose(row.standardised, (value - mean) / spread, rel_tol=1e-12, abs_tol=1e-12)
        else:
            assert row.standardised is None


def test_the_engine_sorts_runs_and_not_rows(anomalies: DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    """What is written by year is sorted by year; the sort must stand below what takes the runs apart."""
    anomalies.sortWithinPartitions(F.asc_nulls_last("year")).explain()
    operators = re.findall(r"(\w+Exec)\b", capsys.readouterr().out)
    assert "SortExec" not in operators[: operators.index("UnnestExec")]
    assert "SortExec" in operators[operators.index("UnnestExec") :]


def test_a_year_is_written_as_one_file(anomalies: DataFrame, tmp_path: Path) -> None:
    delta.replace_all(anomalies, Zones.below(str(tmp_path)), ANOMALIES_DAILY, {})
    assert sorted(path.parent.name for path in tmp_path.glob("**/*.parquet")) == ["year=2023", "year=2024"]

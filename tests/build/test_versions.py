"""Several captures of one day, against a slow and plain account of what should hold."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from meteolake.build import delta, versions
from meteolake.lake.paths import Zones
from meteolake.tables import REVISIONS, WEATHER_DAILY
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MEAN, VARIABLES

Row = Mapping[str, Any]
_KEPT = [column for column in WEATHER_DAILY.columns if column.name != "year"]
_DDL = (
    ", ".join(f"{column.name} {column.type}" for column in _KEPT)
    + ", is_deleted boolean, is_new boolean, sequence bigint"
)
_FIRST_CAPTURE = datetime(2026, 1, 1, tzinfo=UTC)


def capture(site_id: str, day: date, number: int, **values: float | bool | None) -> dict[str, Any]:
    """What the capture of a number says of a day; number 0 is known from before."""
    return {
        **dict.fromkeys(VARIABLES),
        TEMPERATURE_MEAN: 0.0,
        "site_id": site_id,
        "date": day,
        "source": "era5",
        "captured_at": _FIRST_CAPTURE + timedelta(days=number),
        "raw_object": f"{number}.json.gz",
        "is_deleted": False,
        "is_new": number > 0,
        "sequence": number or None,
        **values,
    }


def frame(spark: SparkSession, rows: Sequence[Row]) -> DataFrame:
    names = [*(column.name for column in _KEPT), "is_deleted", "is_new", "sequence"]
    return spark.createDataFrame([tuple(row[name] for name in names) for row in rows], _DDL)


def newest(spark: SparkSession, rows: Sequence[Row], *, keeps_values: bool = True) -> dict[tuple[str, date], Row]:
    found = versions.newest(frame(spark, rows), WEATHER_DAILY, keeps_values=keeps_values).collect()
    by_day: dict[tuple[str, date], Row] = {(row.site_id, row.date): row.asDict() for row in found}
    assert len(by_day) == len(found), "a day came twice"
    return by_day


def revisions(spark: SparkSession, rows: Sequence[Row], *, keeps_values: bool = True) -> list[tuple[Any, ...]]:
    found = versions.revisions(frame(spark, rows), WEATHER_DAILY, keeps_values=keeps_values)
    assert found.columns == list(REVISIONS.names)
    return sorted(
        (row.site_id, row.date, row.sequence, row.variable, row.old_value, row.new_value, row.is_withdrawn)
        for row in found.collect()
    )


DAY = date(2020, 1, 1)


def test_a_changed_value_is_a_revision_and_the_newest_holds(spark: SparkSession) -> None:
    rows = [capture("a", DAY, number, temperature_2m_max=value) for number, value in enumerate([1.0, 1.0, 2.5])]
    assert newest(spark, rows)["a", DAY][TEMPERATURE_MAX] == 2.5
    assert revisions(spark, rows) == [("a", DAY, 2, TEMPERATURE_MAX, 1.0, 2.5, False)]


def test_a_null_in_place_of_a_value_is_told_and_the_value_is_kept(spark: SparkSession) -> None:
    rows = [
        capture("a", DAY, 0, temperature_2m_max=1.0, precipitation_sum=3.0),
        capture("a", DAY, 1, temperature_2m_max=1.5),
        capture("a", DAY, 2, temperature_2m_max=1.5, precipitation_sum=4.0),
    ]
    assert newest(spark, rows[:2])["a", DAY][PRECIPITATION] == 3.0
    assert revisions(spark, rows) == [
        ("a", DAY, 1, PRECIPITATION, 3.0, None, True),
        ("a", DAY, 1, TEMPERATURE_MAX, 1.0, 1.5, False),
        ("a", DAY, 2, PRECIPITATION, 3.0, 4.0, False),
    ]


def test_a_null_of_a_database_replaces_the_value(spark: SparkSession) -> None:
    rows = [
        capture("a", DAY, 0, precipitation_sum=3.0, temperature_2m_max=1.0),
        capture("a", DAY, 1, precipitation_sum=3.0),
    ]
    assert newest(spark, rows, keeps_values=False)["a", DAY][TEMPERATURE_MAX] is None
    assert revisions(spark, rows, keeps_values=False) == [("a", DAY, 1, TEMPERATURE_MAX, 1.0, None, True)]


def test_a_deleted_day_is_gone_and_may_come_back(spark: SparkSession) -> None:
    rows = [capture("a", DAY, 0, precipitation_sum=3.0), capture("a", DAY, 1, is_deleted=True)]
    assert newest(spark, rows, keeps_values=False) == {}
    back = [*rows, capture("a", DAY, 2, precipitation_sum=5.0)]
    assert newest(spark, back, keeps_values=False)["a", DAY][PRECIPITATION] == 5.0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("keeps_values", [True, False])
def test_any_captures_give_what_a_plain_account_gives(spark: SparkSession, seed: int, keeps_values: bool) -> None:
    chance = random.Random(seed)
    rows = [
        capture(
            f"site {site}",
            DAY + timedelta(days=day),
            number,
            **{name: chance.choice([None, 1.0, 2.0]) for name in (TEMPERATURE_MAX, PRECIPITATION)},
        )
        for site in range(5)
        for day in range(40)
        for number in range(4)
        if chance.random() < 0.7
    ]
    held: dict[tuple[str, date], dict[str, float | None]] = {}
    changes = []
    for row in sorted(rows, key=lambda row: row["captured_at"]):
        known = held.setdefault((row["site_id"], row["date"]), {})
        for name in (TEMPERATURE_MAX, PRECIPITATION):
            old, new = known.get(name), row[name]
            if row["sequence"] and old is not None and new != old:
                changes.append((row["site_id"], row["date"], row["sequence"], name, old, new, new is None))
            known[name] = old if new is None and keeps_values else new
    chance.shuffle(rows)
    found = newest(spark, rows, keeps_values=keeps_values)
    assert {key: {name: row[name] for name in held[key]} for key, row in found.items()} == held
    assert revisions(spark, rows, keeps_values=keeps_values) == sorted(changes)


def test_a_year_is_written_as_one_file(spark: SparkSession, tmp_path: Path) -> None:
    days = [capture(site_id, date(year, 1, 1), 1) for site_id in "abcdef" for year in (2020, 2021)]
    found = versions.newest(frame(spark, days), WEATHER_DAILY, keeps_values=True)
    delta.replace_all(found, Zones.below(str(tmp_path)), WEATHER_DAILY, {})
    assert sorted(path.parent.name for path in tmp_path.glob("**/*.parquet")) == ["year=2020", "year=2021"]

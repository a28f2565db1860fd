"""Flags of a whole table: which sites are neighbours, and what is told of a value."""

from datetime import date, timedelta
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from meteolake.build import weather_quality
from meteolake.tables import SITES, WEATHER_FLAGS
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN

FIRST, DAYS = date(2015, 1, 1), 1500
# Five places within 75 km, and one that is far from all.
PLACES = {"a": (50.0, 8.0), "b": (50.2, 8.1), "c": (50.1, 8.3), "d": (49.9, 8.2), "e": (50.3, 8.0), "far": (60.0, 20.0)}


def flags(spark: SparkSession, faults: dict[tuple[str, int], float]) -> set[tuple[Any, ...]]:
    """Rule, site, day and variable of every flag, with some maxima replaced."""
    chance = np.random.default_rng(1)
    common = chance.normal(0, 2, DAYS)
    rows = []
    for site_id in PLACES:
        mean = 10 + 10 * np.cos(2 * np.pi * (np.arange(DAYS) / 365.25 - 0.55)) + common + chance.normal(0, 0.5, DAYS)
        for day in range(DAYS):
            highest = faults.get((site_id, day), round(mean[day] + 5, 1))
            rain = float(round(chance.gamma(0.7, 5), 1))
            rows.append((site_id, FIRST + timedelta(days=day), highest, float(round(mean[day] - 5, 1)), rain))
    daily = spark.createDataFrame(
        rows, f"site_id string, date date, {TEMPERATURE_MAX} double, {TEMPERATURE_MIN} double, {PRECIPITATION} double"
    )
    places = [(site_id, site_id, *place, 100.0, 1, None, None) for site_id, place in PLACES.items()]
    found = weather_quality.flags(daily, spark.createDataFrame(places, SITES.ddl), WEATHER_FLAGS)
    assert found.columns == list(WEATHER_FLAGS.names)
    return {(row.rule, row.site_id, (row.date - FIRST).days, row.variable) for row in found.collect()}


def test_good_weather_has_no_flags_and_a_lone_warm_day_is_found_by_its_neighbours(spark: SparkSession) -> None:
    assert flags(spark, {}) == set()
    warm = flags(spark, {("c", 400): 28.0, ("far", 400): 28.0})
    assert ("neighbours", "c", 400, TEMPERATURE_MAX) in warm
    assert not [flag for flag in warm if flag[0] == "neighbours" and flag[1] != "c"]

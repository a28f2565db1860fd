"""Columns of the engine as NumPy sees them."""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.blocks import codes, numbers
from meteolake.build.weather_analysis import monthly_summary
from meteolake.variables import PRECIPITATION as RAIN

texts = st.lists(st.sampled_from(["b", "a", "ä", "aa", ""]), min_size=1, max_size=40)
times = st.lists(st.sampled_from([datetime(2026, 1, day, 6, tzinfo=UTC) for day in (3, 1, 2)]), min_size=1, max_size=40)


@given(texts | times, st.integers(1, 40))
def test_codes_are_places_among_the_distinct_values_in_order(values: list[Any], cut: int) -> None:
    whole = pa.array(values)
    found, places = codes(pa.chunked_array([whole[:cut], whole[cut:]], whole.type))
    assert found == sorted(set(values))
    assert [found[place] for place in places] == values


@given(st.lists(st.none() | st.floats(allow_nan=False) | st.just(math.nan), max_size=20), st.integers(0, 20))
def test_numbers_are_nan_where_there_is_none_however_a_column_is_cut(values: list[float | None], cut: int) -> None:
    whole = pa.array(values, pa.float64())
    found = numbers(pa.chunked_array([whole[:cut], whole[cut:]]))
    np.testing.assert_array_equal(found, [math.nan if value is None else value for value in values])


@pytest.mark.parametrize(("sites", "years"), [(1_200, 1), (20, 100)])
def test_no_site_is_lost_between_blocks(spark: SparkSession, sites: int, years: int) -> None:
    days = F.expr(f"explode(sequence(date'1901-01-01', date'{1900 + years}-12-31'))")
    site = F.col("id").cast("double")
    daily = spark.range(sites).select(F.col("id").cast("string").alias("site_id"), days.alias("date"), site.alias(RAIN))
    months = monthly_summary(daily, [RAIN]).groupBy("site_id").agg(F.count("month"), F.min("lowest"), F.max("highest"))
    expected = {(str(number), 12 * years, float(number), float(number)) for number in range(sites)}
    assert {tuple(row) for row in months.collect()} == expected

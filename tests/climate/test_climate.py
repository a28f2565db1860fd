import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.climate.anomalies import anomalies
from meteolake.climate.calendar import day_of_year, years
from meteolake.climate.monthly import months
from meteolake.climate.normals import cycle, normals


def days(first: str, until: str) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.arange(first, until, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("date", "day"),
    [("2019-01-01", 1), ("2019-02-28", 59), ("2020-02-29", 60), ("2019-03-01", 61), ("1900-12-31", 366)],
)
def test_the_first_of_march_is_day_61_in_every_year(date: str, day: int) -> None:
    assert day_of_year(np.array([date], "datetime64[D]")) == [day]


def test_normals_of_a_constant_are_the_constant() -> None:
    dates = days("1991-01-01", "2021-01-01")
    normal = normals(dates, np.full(len(dates), 7.0))
    for values in (normal.cycle.mean, normal.quantile_10, normal.quantile_50, normal.quantile_90):
        np.testing.assert_allclose(values, 7.0)
    assert normal.cycle.spread == pytest.approx(0.0, abs=1e-6)
    assert (normal.years, normal.cycle.base_from, normal.cycle.base_until) == (30, 1991, 2020)


def test_normals_find_the_cycle_and_the_spread_of_noisy_days() -> None:
    dates = days("1991-01-01", "2021-01-01")
    day = day_of_year(dates)
    cycle = 10 * np.cos(2 * np.pi * (day - 1) / 366)
    noise = np.random.default_rng(1).normal(0, 3, len(dates))
    normal = normals(dates, cycle + noise)
    np.testing.assert_allclose(normal.cycle.mean, 10 * np.cos(2 * np.pi * np.arange(366) / 366), atol=0.3)
    np.testing.assert_allclose(normal.cycle.spread, 3, atol=0.3)
    np.testing.assert_allclose(normal.quantile_90 - normal.quantile_50, 3 * 1.2816, atol=0.8)


def test_too_few_years_in_the_standard_period_use_all_years() -> None:
    normal = normals(days("2018-01-01", "2024-01-01"), np.arange(2191.0))
    assert (normal.cycle.base_from, normal.cycle.base_until, normal.years) == (2018, 2023, 6)


def test_a_month_of_data_has_a_flat_normal_and_no_wild_extrapolation() -> None:
    normal = normals(days("2024-01-01", "2024-02-01"), np.arange(31.0))
    np.testing.assert_allclose(normal.cycle.mean, 15.0)
    assert np.isnan(normal.quantile_50[200])


def test_the_wet_day_share_is_that_of_days_of_at_least_one_millimetre() -> None:
    dates = days("1991-01-01", "2021-01-01")
    rain = np.where(np.arange(len(dates)) % 4 == 0, 1.0, 0.9)
    np.testing.assert_allclose(normals(dates, rain, wet_day=1.0).wet_day_share, 0.25, atol=0.02)
    assert np.isnan(normals(dates, rain).wet_day_share).all()


def test_anomalies_are_value_minus_normal_over_spread() -> None:
    dates = days("1991-01-01", "2021-01-01")
    values = np.random.default_rng(2).normal(20, 4, len(dates))
    usual = cycle(dates, values)
    anomaly, standardised = anomalies(dates, values, usual)
    index = day_of_year(dates) - 1
    np.testing.assert_allclose(anomaly + usual.mean[index], values)
    np.testing.assert_allclose(standardised * usual.spread[index], anomaly)
    assert standardised.std() == pytest.approx(1.0, abs=0.02)


def test_anomalies_of_a_constant_are_zero_without_a_standardised_value() -> None:
    dates = days("2020-01-01", "2022-01-01")
    values = np.zeros(len(dates))
    anomaly, standardised = anomalies(dates, values, cycle(dates, values))
    assert (anomaly == 0).all()
    assert np.isnan(standardised).all()


def test_months_sum_average_and_count() -> None:
    dates = days("2020-01-01", "2020-03-01")
    values = np.r_[np.full(31, 2.0), np.zeros(28), 58.0]
    total, mean = months(dates, values, "sum", wet_day=1.0), months(dates, values, "mean")
    assert total.value.tolist() == [62.0, 58.0]
    assert mean.value.tolist() == [2.0, 2.0]
    assert (total.lowest.tolist(), total.highest.tolist()) == ([2.0, 0.0], [2.0, 58.0])
    assert total.wet_days.tolist() == [31, 1]
    assert total.is_complete.all()


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(-50, 50)), min_size=1, unique_by=lambda pair: pair[0]))
def test_every_day_is_in_one_month(pairs: list[tuple[int, float]]) -> None:
    ordered = sorted(pairs)
    dates = np.datetime64("2019-11-15") + np.array([day for day, _ in ordered], "timedelta64[D]")
    values = np.array([value for _, value in ordered])
    found = months(dates, values, "sum")
    assert found.days.sum() == len(pairs)
    assert found.value.sum() == pytest.approx(values.sum(), abs=1e-6)
    assert (np.diff(found.month) > np.timedelta64(0, "D")).all()
    assert set(years(found.month)) == set(years(dates))

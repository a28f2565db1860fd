import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.climate.calendar import Dates, Floats, day_of_year, lay_out, years, years_with_data
from meteolake.climate.monthly import months
from meteolake.climate.monthly_normals import MonthlyNormals, monthly_normals
from meteolake.climate.normals import Normals, base_years, cycle, normals
from meteolake.variables import RollUp


def days(first: str, until: str) -> Dates:
    return np.arange(first, until, dtype="datetime64[D]")


def normal_of(dates: Dates, values: Floats, wet_day: float | None = None) -> Normals:
    """Normals of one series."""
    return normals(*lay_out(dates, values), wet_day=wet_day)


@pytest.mark.parametrize(
    ("date", "day"),
    [("2019-01-01", 1), ("2019-02-28", 59), ("2020-02-29", 60), ("2019-03-01", 61), ("1900-12-31", 366)],
)
def test_the_first_of_march_is_day_61_in_every_year(date: str, day: int) -> None:
    assert day_of_year(np.array([date], "datetime64[D]")) == [day]


def test_normals_of_a_constant_are_the_constant() -> None:
    dates = days("1991-01-01", "2021-01-01")
    normal = normal_of(dates, np.full(len(dates), 7.0))
    for values in (normal.cycle.mean, normal.quantile_10, normal.quantile_50, normal.quantile_90):
        np.testing.assert_allclose(values, 7.0)
    assert normal.cycle.spread == pytest.approx(0.0, abs=1e-6)
    assert [*normal.years, *normal.base_from, *normal.base_until] == [30, 1991, 2020]


def test_normals_find_the_cycle_and_the_spread_of_noisy_days() -> None:
    dates = days("1991-01-01", "2021-01-01")
    day = day_of_year(dates)
    cycle = 10 * np.cos(2 * np.pi * (day - 1) / 366)
    noise = np.random.default_rng(1).normal(0, 3, len(dates))
    normal = normal_of(dates, cycle + noise)
    np.testing.assert_allclose(normal.cycle.mean[0], 10 * np.cos(2 * np.pi * np.arange(366) / 366), atol=0.3)
    np.testing.assert_allclose(normal.cycle.spread, 3, atol=0.3)
    np.testing.assert_allclose(normal.quantile_90 - normal.quantile_50, 3 * 1.2816, atol=0.8)


def test_too_few_years_in_the_standard_period_use_all_years() -> None:
    normal = normal_of(days("2018-01-01", "2024-01-01"), np.arange(2191.0))
    assert [*normal.base_from, *normal.base_until, *normal.years] == [2018, 2023, 6]


def test_a_month_of_data_has_a_flat_normal_and_no_wild_extrapolation() -> None:
    normal = normal_of(days("2024-01-01", "2024-02-01"), np.arange(31.0))
    np.testing.assert_allclose(normal.cycle.mean, 15.0)
    assert np.isnan(normal.quantile_50[0, 200])


def test_the_wet_day_share_is_that_of_days_of_at_least_one_millimetre() -> None:
    dates = days("1991-01-01", "2021-01-01")
    rain = np.where(np.arange(len(dates)) % 4 == 0, 1.0, 0.9)
    np.testing.assert_allclose(normal_of(dates, rain, wet_day=1.0).wet_day_share, 0.25, atol=0.02)
    assert np.isnan(normal_of(dates, rain).wet_day_share).all()


def test_series_side_by_side_have_the_normals_of_each_alone() -> None:
    rng = np.random.default_rng(3)
    found, one = lay_out(days("1985-03-01", "2022-05-01"), rng.normal(size=13_575))
    other = np.where(rng.random(one.shape) < 0.3, np.nan, 5 + 2 * one)
    late = np.where((found < 2015)[:, None], np.nan, one)
    together = normals(found, np.concatenate([one, other, late]))
    for number, alone in enumerate(normals(found, grid) for grid in (one, other, late)):
        for name in ("quantile_10", "quantile_50", "quantile_90", "years", "base_from", "base_until"):
            np.testing.assert_allclose(getattr(together, name)[number], getattr(alone, name)[0], err_msg=name)
        np.testing.assert_allclose(together.cycle.mean[number], alone.cycle.mean[0])
        np.testing.assert_allclose(together.cycle.spread[number], alone.cycle.spread[0])
    assert together.base_from.tolist() == [1991, 1991, 2015]


def test_quantiles_are_those_of_numpy_with_any_gaps() -> None:
    rng = np.random.default_rng(4)
    found, grid = lay_out(days("1991-01-01", "2021-01-01"), rng.normal(size=10_958))
    grid[rng.random(grid.shape) < 0.4] = np.nan
    normal = normals(found, grid)
    departures = grid[0] - normal.cycle.mean[0]
    for day in (0, 59, 200, 365):
        around = departures[:, np.arange(day - 15, day + 16) % 366]
        expected = np.nanquantile(around, (0.1, 0.5, 0.9)) + normal.cycle.mean[0, day]
        quantiles = (normal.quantile_10, normal.quantile_50, normal.quantile_90)
        np.testing.assert_allclose([quantile[0, day] for quantile in quantiles], expected)


def test_a_spread_is_that_of_the_days_around_the_mean() -> None:
    found, grid = lay_out(days("1991-01-01", "2021-01-01"), np.random.default_rng(2).normal(20, 4, 10_958))
    usual = cycle(grid)
    standardised = (grid - usual.mean[:, None]) / usual.spread[:, None]
    assert np.nanstd(standardised) == pytest.approx(1.0, abs=0.02)
    assert len(found) == 30


def monthly_of(dates: Dates, values: Floats, roll_up: RollUp = "mean") -> MonthlyNormals:
    found, grid = lay_out(dates, values)
    chosen = base_years(found, years_with_data(grid), (1991, 2020))
    rolled = months(found, grid, roll_up, 1.0)
    return monthly_normals(found, rolled, roll_up, chosen, has_wet_days=roll_up == "sum")


def test_monthly_normals_are_means_of_the_months_of_the_base_period() -> None:
    dates = days("1985-01-01", "2024-01-01")
    normal = monthly_of(dates, years(dates).astype(float))
    np.testing.assert_allclose(normal.mean, 2005.5)
    np.testing.assert_allclose(normal.spread, np.std(np.arange(1991, 2021), ddof=1))
    np.testing.assert_allclose(normal.quantile_90, np.quantile(np.arange(1991, 2021), 0.9))
    assert (normal.years == 30).all()
    assert normal.is_sufficient.all()
    assert np.isnan(normal.wet_days).all()


def test_a_month_with_gaps_counts_for_means_and_not_for_sums() -> None:
    dates = days("1991-01-01", "2021-01-01")
    values = np.ones(len(dates))
    for month, missing in (("2000-06", range(0, 20, 2)), ("1999-06", range(0, 22, 2))):
        values[np.isin(dates, np.datetime64(f"{month}-01") + np.array(missing))] = np.nan
    assert monthly_of(dates, values).years[0, 4:7].tolist() == [30, 29, 30]
    total = monthly_of(dates, values, "sum")
    assert total.years[0, 4:7].tolist() == [30, 28, 30]
    assert total.mean[0, 5] == total.wet_days[0, 5] == 30


@pytest.mark.parametrize(
    ("first", "until", "counted"),
    [
        ("2001-06-03", "2001-06-07", 30),
        ("2001-06-03", "2001-06-08", 29),
        ("2001-06-26", "2001-07-01", 29),
        ("2001-06-27", "2001-07-05", 30),
        ("2001-02-25", "2001-03-01", 30),
        ("2000-02-25", "2000-03-01", 29),
        ("2020-12-27", "2021-01-01", 29),
    ],
    ids=["four", "five", "the last five", "four in each of two", "February of 28", "February of 29", "the very last"],
)
def test_a_month_that_lacks_five_days_in_a_row_has_no_mean(first: str, until: str, counted: int) -> None:
    dates = days("1991-01-01", "2021-01-01")
    values = np.where((dates >= np.datetime64(first)) & (dates < np.datetime64(until)), np.nan, 1.0)
    assert monthly_of(dates, values).years.min() == counted


def test_months_sum_average_and_count() -> None:
    dates = days("2020-01-01", "2020-03-01")
    found, grid = lay_out(dates, np.r_[np.full(31, 2.0), np.zeros(28), 58.0])
    total, mean = months(found, grid, "sum", wet_day=1.0), months(found, grid, "mean")
    assert total.value[0, 0, :2].tolist() == [62.0, 58.0]
    assert mean.value[0, 0, :2].tolist() == [2.0, 2.0]
    assert (total.lowest[0, 0, :2].tolist(), total.highest[0, 0, :2].tolist()) == ([2.0, 0.0], [2.0, 58.0])
    assert total.wet_days[0, 0, :2].tolist() == [31, 1]
    assert total.is_complete[0, 0].tolist() == [True] * 2 + [False] * 10
    assert np.isnan(total.value[0, 0, 2:]).all()


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(-50, 50)), min_size=1, unique_by=lambda pair: pair[0]))
def test_every_day_is_in_one_month(pairs: list[tuple[int, float]]) -> None:
    dates = np.datetime64("2019-11-15") + np.array([day for day, _ in pairs], "timedelta64[D]")
    values = np.array([value for _, value in pairs])
    found, grid = lay_out(dates, values)
    rolled = months(found, grid, "sum")
    assert rolled.days.sum() == len(pairs)
    assert np.nansum(rolled.value) == pytest.approx(values.sum(), abs=1e-6)
    assert set(found[(rolled.days[0] > 0).any(axis=1)]) == set(years(dates))

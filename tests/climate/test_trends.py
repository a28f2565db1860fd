"""Trends against pymannkendall, and what must hold of any."""

from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.climate.calendar import Dates, Floats, Integers, lay_out
from meteolake.climate.monthly import months
from meteolake.climate.trends import LEAST_YEARS, Trends, seasonal_values, trends

series = st.lists(st.integers(-50, 50).map(float), min_size=LEAST_YEARS, max_size=50).map(np.array)


@dataclass(frozen=True)
class Trend:
    """One of some trends."""

    slope_per_decade: float
    lower: float
    upper: float
    p_value: float
    tau: float


def one_of(found: Trends, series: int) -> Trend | None:
    values = (float(getattr(found, name)[series]) for name in ("slope_per_decade", "lower", "upper", "p_value", "tau"))
    trend = Trend(*values)
    return None if np.isnan(trend.slope_per_decade) else trend


def trend(years: Integers, values: Floats) -> Trend | None:
    return one_of(trends(years, values[None]), 0)


def seasons(dates: Dates, values: Floats) -> dict[str, tuple[Integers, Floats]]:
    """Years and values of each season of one series."""
    found, grid = lay_out(dates, values)
    rolled = months(found, grid, "mean")
    each = {season: whole[0] for season, whole in seasonal_values(found, rolled, "mean")}
    return {season: (found[np.isfinite(whole)], whole[np.isfinite(whole)]) for season, whole in each.items()}


# The peer takes the root of a negative variance and divides by one of zero.
@pytest.mark.filterwarnings("ignore:(invalid value|divide by zero):RuntimeWarning")
@given(series)
def test_slope_and_significance_are_those_of_a_second_opinion(values: np.ndarray) -> None:
    found = trend(np.arange(1950, 1950 + len(values)), values)
    assert found is not None
    peer = pymannkendall.original_test(values)
    assert found.slope_per_decade == pytest.approx(10 * peer.slope, abs=1e-9)
    assert found.tau == pytest.approx(peer.Tau, abs=1e-9)
    if len(set(values)) > 1:
        corrected = pymannkendall.hamed_rao_modification_test(values)
        if not np.isnan(corrected.p) and corrected.var_s > 0:
            assert found.p_value == pytest.approx(corrected.p, abs=1e-9)


@given(series, st.floats(-100, 100), st.floats(0.1, 10))
def test_a_shift_changes_nothing_a_scale_the_slope_alone_and_a_mirror_the_sign(
    values: np.ndarray, shift: float, scale: float
) -> None:
    years = np.arange(1950, 1950 + len(values))
    plain, scaled, mirrored = trend(years, values), trend(years, scale * values), trend(years, -values)
    shifted = trend(years, values + round(shift))
    assert plain is not None
    assert scaled is not None
    assert mirrored is not None
    assert shifted is not None
    assert shifted.slope_per_decade == pytest.approx(plain.slope_per_decade, abs=1e-9)
    assert scaled.slope_per_decade == pytest.approx(scale * plain.slope_per_decade, abs=1e-9)
    assert mirrored.slope_per_decade == pytest.approx(-plain.slope_per_decade, abs=1e-9)
    assert plain.lower <= plain.slope_per_decade <= plain.upper
    assert 0 <= plain.p_value <= 1


@given(st.lists(st.lists(st.none() | st.integers(-9, 9), min_size=15, max_size=15), min_size=1, max_size=5))
def test_series_side_by_side_have_the_trends_of_each_alone_and_gaps_are_left_out(
    lists: list[list[int | None]],
) -> None:
    years = np.arange(2000, 2015)
    values = np.array(lists, dtype=float)
    together = trends(years, values)
    for series, row in enumerate(values):
        known = np.isfinite(row)
        alone = trend(years[known], row[known]) if known.sum() >= LEAST_YEARS else None
        found = one_of(together, series)
        assert (found is None) == (alone is None)
        if found and alone:
            np.testing.assert_allclose(astuple(found), astuple(alone), atol=1e-12)


def test_nine_years_are_no_trend() -> None:
    assert trend(np.arange(9), np.arange(9, dtype=float)) is None


def test_a_steady_rise_is_found_with_its_slope() -> None:
    found = trend(np.arange(1990, 2020), np.linspace(0, 0.87, 30))
    assert found
    assert found.slope_per_decade == pytest.approx(0.3)
    assert found.p_value < 1e-6


def test_a_december_belongs_to_the_next_winter_and_short_seasons_do_not_count() -> None:
    dates = np.arange("2000-12-01", "2002-12-16", dtype="datetime64[D]")
    values = np.where(dates < np.datetime64("2001-03-01"), 1.0, 5.0)
    found = {season: (list(years), list(rolled)) for season, (years, rolled) in seasons(dates, values).items()}
    assert found["djf"] == ([2001, 2002], [1.0, 5.0])
    assert found["jja"] == ([2001, 2002], [5.0, 5.0])
    assert found["year"][0] == [2001, 2002]


def test_the_warming_of_a_real_station_is_seen(real_data: Path) -> None:
    daily = pacsv.read_csv(real_data / "stations" / "milwaukee_daily.csv.gz")
    values = daily["temperature_min_c"].to_numpy().astype(float)
    years, rolled = seasons(daily["date"].to_numpy().astype("datetime64[D]"), values)["year"]
    found = trend(years, rolled)
    assert found
    assert 0.05 < found.slope_per_decade < 0.6
    assert found.p_value < 0.05

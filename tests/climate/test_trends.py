"""Trends against pymannkendall, and what must hold of any."""

from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.climate.trends import LEAST_YEARS, seasonal_values, trend

series = st.lists(st.integers(-50, 50).map(float), min_size=LEAST_YEARS, max_size=50).map(np.array)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # the peer takes the root of a negative variance
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
    found = {season: (list(years), list(rolled)) for season, years, rolled in seasonal_values(dates, values, "mean")}
    assert found["djf"] == ([2001, 2002], [1.0, 5.0])
    assert found["jja"] == ([2001, 2002], [5.0, 5.0])
    assert found["year"][0] == [2001, 2002]


def test_the_warming_of_a_real_station_is_seen(real_data: Path) -> None:
    daily = pacsv.read_csv(real_data / "stations" / "milwaukee_daily.csv.gz")
    values = daily["temperature_min_c"].to_numpy().astype(float)
    known = np.isfinite(values)
    dates = daily["date"].to_numpy().astype("datetime64[D]")[known]
    seasons = {season: (years, rolled) for season, years, rolled in seasonal_values(dates, values[known], "mean")}
    years, rolled = seasons["year"]
    found = trend(years, rolled)
    assert found
    assert 0.05 < found.slope_per_decade < 0.6
    assert found.p_value < 0.05

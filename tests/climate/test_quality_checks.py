"""Each check finds the fault that it is for, and next to nothing in good observations."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meteolake.climate import month_checks, quality_checks
from meteolake.climate.calendar import Dates, Floats

DATES = np.arange("2001-01-01", "2013-01-01", dtype="datetime64[D]")
Series = tuple[Floats, Floats, Floats]


def weather(sites: int = 4, seed: int = 1) -> Series:
    """Maximum, minimum and rain at neighbouring sites, `(sites, days)`."""
    chance = np.random.default_rng(seed)
    season = 10 * np.cos(2 * np.pi * (np.arange(len(DATES)) / 365.25 - 0.55))
    common = chance.normal(0, 3, len(DATES))
    mean = 12 + season + common + chance.normal(0, 1, (sites, len(DATES)))
    rain = np.where(chance.random(mean.shape) < 0.4, chance.gamma(0.7, 6, mean.shape), 0.0)
    return (mean + 5).round(1), (mean - 5).round(1), rain.round(1)


def day(text: str) -> int:
    return int((np.datetime64(text) - DATES[0]).astype(int))


def every_check(dates: Dates, series: Series) -> dict[str, np.ndarray]:
    maximum, minimum, rain = series
    neighbours = np.array([[other for other in range(len(rain)) if other != site] for site in range(len(rain))])
    warm, cold = quality_checks.lagged_ranges(maximum, minimum)
    return {
        "streaks": quality_checks.streaks(maximum, is_rain=False),
        "rain streaks": quality_checks.streaks(rain, is_rain=True),
        "frequent": quality_checks.frequent_values(rain),
        "naughts": quality_checks.naughts(maximum, minimum),
        "same extremes": month_checks.same_extremes(dates, maximum, minimum),
        "gaps": quality_checks.gaps(dates, maximum),
        "rain gaps": quality_checks.gaps(dates, rain, quality_checks.RAIN_GAP),
        "outliers": quality_checks.outliers(dates, maximum),
        "rain outliers": quality_checks.rain_outliers(dates, rain, (maximum + minimum) / 2),
        "spikes": quality_checks.spikes(maximum),
        "warm": warm,
        "cold": cold,
        "neighbours": quality_checks.far_from_neighbours(maximum, neighbours),
        "months": month_checks.duplicate_months(dates, maximum),
        "°F": dict(month_checks.unit_slips(dates, maximum, is_rain=False))["°F"],
        "inch": dict(month_checks.unit_slips(dates, rain, is_rain=True))["inch"],
        "0.1 mm": dict(month_checks.unit_slips(dates, rain, is_rain=True))["0.1 mm"],
    }


def shifted(series: Series, which: int, first: str, days: int, change: Callable[[Floats], Floats]) -> Series:
    """The same with some days of the second site changed."""
    changed = tuple(values.copy() for values in series)
    part = slice(day(first), day(first) + days)
    changed[which][1, part] = change(changed[which][1, part])
    return changed[0], changed[1], changed[2]


def test_good_series_have_no_flags() -> None:
    for name, mask in every_check(DATES, weather()).items():
        assert mask.sum() == 0, name


FAULTS: dict[str, tuple[int, str, int, Callable[[Floats], Floats], str]] = {
    "a stuck sensor": (0, "2005-03-01", 20, lambda x: np.full(len(x), 11.1), "streaks"),
    "the same rain on twenty wet days": (2, "2005-03-01", 60, lambda x: np.where(x > 0, 4.4, 0.0), "rain streaks"),
    "heavy rain that comes again and again": (
        2,
        "2005-03-01",
        20,
        lambda x: np.where(np.arange(20) % 2, 31.1, x),
        "frequent",
    ),
    "far beyond all others of its month": (0, "2005-07-10", 1, lambda x: x + 40, "gaps"),
    "a lone hot day": (0, "2005-07-10", 1, lambda x: x + 32, "outliers"),
    "a cloudburst without measure": (2, "2005-07-10", 1, lambda x: x * 0 + 400, "rain outliers"),
    "up and down in a day": (0, "2005-02-10", 1, lambda x: x - 33, "spikes"),
    "a minimum far below the days around": (1, "2005-02-10", 1, lambda x: x - 45, "cold"),
    "a maximum far above the nights around": (0, "2005-02-10", 1, lambda x: x + 45, "warm"),
    "warm alone among neighbours": (0, "2005-02-10", 2, lambda x: x + 17, "neighbours"),
    "degrees Fahrenheit": (0, "2005-07-01", 31, lambda x: x * 1.8 + 32, "°F"),
    "inches": (2, "2005-07-01", 31, lambda x: x / 25.4, "inch"),
    "tenths of a millimetre": (2, "2005-07-01", 31, lambda x: x * 10, "0.1 mm"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_where_it_is(fault: str) -> None:
    which, first, days, change, name = FAULTS[fault]
    mask = every_check(DATES, shifted(weather(), which, first, days, change))[name]
    inside = mask[1, day(first) : day(first) + days]
    assert inside.any()
    if days == 1 or name in ("streaks", "°F"):
        assert inside.all()
    others = mask.sum() - inside.sum()
    assert others == 0, f"{others} other values"


def test_a_month_of_floods_and_one_of_drizzle_are_in_no_other_unit() -> None:
    rain = weather()[2].round(1)
    floods, drizzle = (slice(day(first), day(first) + 31) for first in ("2005-07-01", "2006-07-01"))
    rain[1, floods] = np.where(rain[1, floods] > 0, rain[1, floods] * 10 + 0.2, 0.0)
    rain[1, drizzle] = np.where(rain[1, drizzle] > 0, np.maximum((rain[1, drizzle] / 25.4).round(1), 0.1), 0.0)
    found = dict(month_checks.unit_slips(DATES, rain, is_rain=True))
    assert not found["inch"].any()
    assert not found["0.1 mm"].any()


def test_zeros_for_missing_days_are_found_and_a_day_at_freezing_is_none() -> None:
    maximum, minimum, _ = weather()
    maximum[1, :3], minimum[1, :3] = [0.0, -17.8, 0.0], [0.0, -17.8, -0.1]
    mask = quality_checks.naughts(maximum, minimum)
    assert np.argwhere(mask).tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize(("days", "flagged"), [(9, 0), (10, 10)])
def test_one_extreme_for_both_is_found_from_ten_days_of_a_month_on(days: int, flagged: int) -> None:
    maximum, minimum, _ = weather()
    part = slice(day("2005-03-05"), day("2005-03-05") + days)
    minimum[2, part] = maximum[2, part]
    mask = month_checks.same_extremes(DATES, maximum, minimum)
    assert mask.sum() == mask[2, part].sum() == flagged


@pytest.mark.parametrize(("amount", "flagged"), [(280.0, 0), (500.0, 1)])
def test_rain_far_beyond_all_other_of_its_month_is_a_gap(amount: float, flagged: int) -> None:
    rain = weather()[2]
    rain[1, 40] = amount
    mask = quality_checks.gaps(DATES, rain, quality_checks.RAIN_GAP)
    assert mask.sum() == mask[1, 40] == flagged


def test_a_month_that_came_twice_is_flagged_both_times() -> None:
    maximum = weather()[0]
    maximum[2, day("2007-05-01") : day("2007-06-01")] = maximum[2, day("2004-05-01") : day("2004-06-01")]
    maximum[3, day("2007-05-01") : day("2007-05-29")] = maximum[3, day("2004-09-01") : day("2004-09-29")]
    mask = month_checks.duplicate_months(DATES, maximum)
    assert mask.sum() == 62, "another month of another year is chance, so far as we can know"
    assert mask[2, day("2007-05-01") : day("2007-06-01")].all()
    assert mask[2, day("2004-05-01") : day("2004-06-01")].all()


def test_missing_days_break_nothing() -> None:
    chance = np.random.default_rng(2)
    series = tuple(np.where(chance.random(values.shape) < 0.3, np.nan, values) for values in weather())
    for values in series:
        values[0] = np.nan
    for name, mask in every_check(DATES, (series[0], series[1], series[2])).items():
        assert mask.sum() == 0, name


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4000), st.integers(1, 80), st.floats(0, 1), st.integers(0, 1000))
def test_any_piece_of_history_is_checked_without_a_word(first: int, days: int, missing: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    part = slice(first, first + days)
    pieces = [np.where(chance.random(each[:, part].shape) < missing, np.nan, each[:, part]) for each in weather()]
    for name, mask in every_check(DATES[part], (pieces[0], pieces[1], pieces[2])).items():
        assert mask.shape == pieces[0].shape, name


def test_real_observations_are_hardly_ever_flagged(real_data: Path) -> None:
    rows = pacsv.read_csv(real_data / "stations" / "australia_daily.csv.gz")
    sites = sorted(set(rows["site_id"].to_pylist()))[:12]
    rows = rows.filter(pc.is_in(rows["site_id"], pc.cast(sites, rows["site_id"].type)))
    ordinal = rows["date"].cast("int32").to_numpy()
    dates = np.arange(ordinal.min(), ordinal.max() + 1).astype("datetime64[D]")
    site = np.array([sites.index(each) for each in rows["site_id"].to_pylist()])
    series = []
    for name in ("temperature_max_c", "temperature_min_c", "precipitation_mm"):
        values = np.full((len(sites), len(dates)), np.nan)
        values[site, ordinal - ordinal.min()] = rows[name].to_numpy()
        series.append(values)
    known = np.isfinite(series[0]).sum()
    for name, mask in every_check(dates, (series[0], series[1], series[2])).items():
        if name != "neighbours":  # these stations lie all over the continent
            assert mask.sum() < 0.002 * known, name

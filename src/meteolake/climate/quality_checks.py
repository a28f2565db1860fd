"""Checks of daily series that need their past, their neighbours or their climate.

After the checks of GHCN-Daily (Durre et al., 2010, https://doi.org/10.1175/2010JAMC2375.1) with its limits. Arrays are
`(sites, days)` on consecutive days, NaN for missing; masks tell which values are doubtful.
"""

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import DAYS, Dates, Floats, Integers, day_of_year, years
from meteolake.climate.normals import row_quantiles
from meteolake.climate.spells import in_runs

Mask = npt.NDArray[np.bool_]

_STREAK_DAYS = 20
_FREQUENT = ((9, 0.3), (8, 0.5), (7, 0.7), (5, 0.9))
_FREQUENT_WINDOW = 10
_SPIKE = 25.0
_RANGE = 40.0
_GAP, RAIN_GAP = 10.0, 300.0
_ZEROS = (0.0, -17.8)  # of °C, and of °F
_OUTLIER_WINDOW = 15
_RAIN_WINDOW = 29
_OUTLIER_SPREADS = 6.0
_LEAST_VALUES = 100
_LEAST_WET = 20


def streaks(values: Floats, *, is_rain: bool) -> Mask:
    """Twenty or more equal values in a row; missing days, and dry ones of rain, are passed over."""
    found = np.zeros(values.shape, bool)
    for site, series in enumerate(values):
        days = np.flatnonzero(series > 0 if is_rain else np.isfinite(series))
        if len(days) >= _STREAK_DAYS:
            is_same = np.r_[False, series[days][1:] == series[days][:-1]]
            repeated = in_runs(is_same, _STREAK_DAYS - 1)
            found[site, days[repeated | np.r_[repeated[1:], False]]] = True
    return found


def frequent_values(rain: Floats) -> Mask:
    """An amount that comes again and again among ten wet days: the larger it is, the fewer times suffice."""
    found = np.zeros(rain.shape, bool)
    for site, series in enumerate(rain):
        days = np.flatnonzero(series > 0)
        if len(days) < _FREQUENT_WINDOW:
            continue
        wet = series[days]
        windows = np.lib.stride_tricks.sliding_window_view(wet, _FREQUENT_WINDOW)
        times = (windows[:, :, None] == windows[:, None, :]).sum(axis=2)
        for least, level in _FREQUENT:
            is_frequent = (times >= least) & (windows >= np.quantile(wet, level))
            window, place = np.nonzero(is_frequent)
            found[site, days[window + place]] = True
    return found


def naughts(maximum: Floats, minimum: Floats) -> Mask:
    """Days whose maximum and minimum are both 0 °C or both 0 °F, as where zero stands for missing."""
    return np.asarray((maximum == minimum) & np.isin(maximum, _ZEROS))


def gaps(dates: Dates, values: Floats, least: float = _GAP) -> Mask:
    """Values that lie 10, or another distance, beyond all others of their month of the year, seen from its median."""
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    found = np.zeros(values.shape, bool)
    for number in range(12):
        days = np.flatnonzero(month == number)
        if len(days) < 2:
            continue
        for sign in (1.0, -1.0):
            part = sign * values[:, days]
            ordered = np.sort(part, axis=1)
            count = np.isfinite(ordered).sum(axis=1)
            is_beyond = np.arange(1, len(days)) >= (count // 2)[:, None]
            is_gap = (np.diff(ordered, axis=1) >= least) & is_beyond
            first = np.argmax(is_gap, axis=1)
            limit = np.where(is_gap.any(axis=1), ordered[np.arange(len(part)), first + 1], np.inf)
            found[:, days] |= part >= limit[:, None]
    return found


def outliers(dates: Dates, values: Floats) -> Mask:
    """Values six robust standard deviations from the robust mean of the 15 days around, over all years.

    Mean and deviation are the biweight estimates of Lanzante (1996), which outliers do not move.
    """
    found = np.zeros(values.shape, bool)
    day = day_of_year(dates) - 1
    for site, series in enumerate(values):
        windows = _windows(dates, series, _OUTLIER_WINDOW)
        centre, spread = _biweight(windows)
        with np.errstate(invalid="ignore", divide="ignore"):
            found[site] = np.abs(series - centre[day]) / spread[day] >= _OUTLIER_SPREADS
    return found


def rain_outliers(dates: Dates, rain: Floats, mean: Floats) -> Mask:
    """Amounts nine times the 95th percentile of wet days of the 29 days around, five times where it freezes."""
    found = np.zeros(rain.shape, bool)
    day = day_of_year(dates) - 1
    for site, series in enumerate(rain):
        windows = _windows(dates, np.where(series > 0, series, np.nan), _RAIN_WINDOW)
        is_enough = np.isfinite(windows).sum(axis=1) >= _LEAST_WET
        limit = np.where(is_enough, row_quantiles(windows, (0.95,))[0], np.nan)[day]
        found[site] = series >= np.where(mean[site] < 0, 5.0, 9.0) * limit
    return found


def spikes(values: Floats) -> Mask:
    """Values 25 above, or 25 below, both the day before and the day after."""
    found = np.zeros(values.shape, bool)
    before, after = values[:, 1:-1] - values[:, :-2], values[:, 1:-1] - values[:, 2:]
    found[:, 1:-1] = (np.minimum(before, after) >= _SPIKE) | (np.maximum(before, after) <= -_SPIKE)
    return found


def lagged_ranges(maximum: Floats, minimum: Floats) -> tuple[Mask, Mask]:
    """Maxima 40 above every minimum of the three days around, and minima 40 below every maximum of them."""
    warmest = _around(minimum, np.fmax)
    coldest = _around(maximum, np.fmin)
    return maximum >= warmest + _RANGE, minimum <= coldest - _RANGE


def far_from_neighbours(anomalies: Floats, neighbours: Integers) -> Mask:
    """Anomalies 10 above, or 10 below, those of all neighbours on the day, the day before and the day after.

    Args:
        anomalies: `(sites, days)`.
        neighbours: rows of the neighbours of each site `(sites, most)`, -1 for none; three are needed on a day.
    """
    highest, lowest = _around(anomalies, np.fmax), _around(anomalies, np.fmin)
    found = np.zeros(anomalies.shape, bool)
    for site, rows in enumerate(neighbours):
        near = rows[rows >= 0]
        if len(near) < 3:
            continue
        is_enough = np.isfinite(anomalies[near]).sum(axis=0) >= 3
        above = anomalies[site] - np.fmax.reduce(highest[near], axis=0)
        below = np.fmin.reduce(lowest[near], axis=0) - anomalies[site]
        found[site] = is_enough & (np.fmax(above, below) >= _GAP)
    return found


def _windows(dates: Dates, series: Floats, width: int) -> Floats:
    """The values of all years around each day of the year, `(366, years * width)`."""
    year = years(dates)
    by_day = np.full((DAYS, np.ptp(year) + 1), np.nan)
    by_day[day_of_year(dates) - 1, year - year.min()] = series
    half = width // 2
    around = np.pad(by_day, ((half, half), (0, 0)), mode="wrap")
    return np.lib.stride_tricks.sliding_window_view(around, width, axis=0).reshape(DAYS, -1)


def _biweight(rows: Floats) -> tuple[Floats, Floats]:
    """Biweight mean and standard deviation of each row; NaN with too few values."""
    median = row_quantiles(rows, (0.5,))[0][:, None]
    deviation = row_quantiles(np.abs(rows - median), (0.5,))[0][:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        u = (rows - median) / (7.5 * np.maximum(deviation, 0.1))
        weight = np.where(np.abs(u) < 1, 1 - u**2, 0.0)
        count = np.isfinite(rows).sum(axis=1)
        centre = median[:, 0] + np.nansum((rows - median) * weight**2, axis=1) / np.nansum(weight**2, axis=1)
        squares = np.sqrt(count * np.nansum((rows - median) ** 2 * weight**4, axis=1))
        spread = squares / np.abs(np.nansum(weight * (5 * weight - 4), axis=1))
    return np.where(count >= _LEAST_VALUES, centre, np.nan), np.where(spread > 0, spread, np.nan)


def _around(values: Floats, combine: np.ufunc) -> Floats:
    """The highest or lowest value of each day, the day before and the day after."""
    found = values.copy()
    found[:, 1:] = combine(found[:, 1:], values[:, :-1])
    found[:, :-1] = combine(found[:, :-1], values[:, 1:])
    return found

"""Normals: what is usual at a site on a day of the year.

After WMO-No. 1203, Guidelines on the Calculation of Climate Normals (2017), with harmonics for the daily values.
"""

from dataclasses import dataclass

import numpy as np

from meteolake.climate.calendar import DAYS, Dates, Floats, Integers, day_of_year, years

BASE_PERIOD = (1991, 2020)
_ENOUGH_YEARS = 10
_WINDOW_DAYS = 31
_MEAN_HARMONICS = 3
_SPREAD_HARMONICS = 2


@dataclass(frozen=True)
class Cycle:
    """The year's cycle of mean and spread (standard deviation of single days), `(366,)` in the variable's unit."""

    mean: Floats
    spread: Floats
    base_from: int
    base_until: int


@dataclass(frozen=True)
class Normals:
    """A cycle with quantiles and the share of wet days by day of the year, `(366,)`; `years` counts those with data."""

    cycle: Cycle
    quantile_10: Floats
    quantile_50: Floats
    quantile_90: Floats
    wet_day_share: Floats
    years: int


def cycle(dates: Dates, values: Floats) -> Cycle:
    """The cycle of a daily series without missing values, `(days,)` each.

    Mean and squared spread are harmonics of the year fitted by least squares, which smooths them (Narapusetty et al.,
    2009).
    """
    first, last = base_period(years(dates))
    day, base = _base(dates, values, first, last)
    mean = _harmonics(day, base, _MEAN_HARMONICS)
    if base.min() >= 0:
        mean = np.maximum(mean, 0.0)
    variance = _harmonics(day, (base - mean[day - 1]) ** 2, _SPREAD_HARMONICS)
    return Cycle(mean, np.sqrt(np.maximum(variance, 0.05 * np.var(base))), first, last)


def normals(dates: Dates, values: Floats, *, wet_day: float | None = None) -> Normals:
    """Normals of a daily series without missing values.

    Quantiles are those of all days within 15 days of the day of the year: of their departures from the mean, so that
    the season's own change does not widen them, or of the amounts themselves where days are wet or dry.

    Args:
        dates: `(days,)`.
        values: `(days,)`, in the variable's unit.
        wet_day: from which value on a day is wet; without it there is no wet-day share.
    """
    found = cycle(dates, values)
    day, base = _base(dates, values, found.base_from, found.base_until)
    base_years = years(dates)[_inside(dates, found.base_from, found.base_until)]
    centre = found.mean if wet_day is None else np.zeros(DAYS)
    tenth, median, ninetieth = centre + _window_quantiles(base_years, day, base - centre[day - 1], (0.1, 0.5, 0.9))
    share = np.full(DAYS, np.nan)
    if wet_day is not None:
        share = np.clip(_harmonics(day, (base >= wet_day).astype(float), _SPREAD_HARMONICS), 0.0, 1.0)
    return Normals(found, tenth, median, ninetieth, share, len(np.unique(base_years)))


def base_period(found: Integers) -> tuple[int, int]:
    """The standard period where enough of its years have data, else all years."""
    first, last = BASE_PERIOD
    inside = np.unique(found[(found >= first) & (found <= last)])
    return BASE_PERIOD if len(inside) >= _ENOUGH_YEARS else (int(found.min()), int(found.max()))


def _base(dates: Dates, values: Floats, first: int, last: int) -> tuple[Integers, Floats]:
    """Days of the year and values of the base period."""
    inside = _inside(dates, first, last)
    return day_of_year(dates[inside]), values[inside]


def _inside(dates: Dates, first: int, last: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return (years(dates) >= first) & (years(dates) <= last)


def _harmonics(day: Integers, values: Floats, count: int) -> Floats:
    """A least-squares fit of `count` harmonics of the year, at each day `(366,)`; a constant where data is short."""
    days = np.bincount(day - 1, minlength=DAYS).astype(float)
    sums = np.bincount(day - 1, weights=values, minlength=DAYS)
    basis = _basis(count if np.count_nonzero(days) > 300 else 0)
    # The basis depends on the day of the year alone, so sums by day give the normal equations of all days.
    return np.asarray(basis @ np.linalg.solve(basis.T @ (days[:, None] * basis), basis.T @ sums))


def _basis(count: int) -> Floats:
    """Constant, cosines and sines of the year: `(366, 1 + 2 count)`."""
    angle = 2 * np.pi * np.arange(DAYS)[:, None] / DAYS * np.arange(1, count + 1)
    return np.hstack([np.ones((DAYS, 1)), np.cos(angle), np.sin(angle)])


def _window_quantiles(found_years: Integers, day: Integers, values: Floats, quantiles: tuple[float, ...]) -> Floats:
    """Quantiles of all values whose day of the year lies in the window around each day: `(quantiles, 366)`."""
    half = _WINDOW_DAYS // 2
    by_year = np.full((np.ptp(found_years) + 1, DAYS), np.nan)
    by_year[found_years - found_years.min(), day - 1] = values
    around = np.pad(by_year, ((0, 0), (half, half)), mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(around, _WINDOW_DAYS, axis=1)
    ordered = np.sort(windows.transpose(1, 0, 2).reshape(DAYS, -1), axis=1)  # NaN comes last
    count = np.isfinite(ordered).sum(axis=1)
    return np.array([_ordered_quantile(ordered, count, quantile) for quantile in quantiles])


def _ordered_quantile(ordered: Floats, count: Integers, quantile: float) -> Floats:
    """The quantile of the first `count` values of each ordered row, interpolated linearly; NaN for an empty row."""
    position = quantile * np.maximum(count - 1, 0)
    lower = np.floor(position).astype(int)
    upper = np.minimum(lower + 1, np.maximum(count - 1, 0))
    rows = np.arange(len(ordered))
    step = ordered[rows, upper] - ordered[rows, lower]
    return np.asarray(ordered[rows, lower] + (position - lower) * step)

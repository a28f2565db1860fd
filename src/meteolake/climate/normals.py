"""Normals: what is usual at a site on a day of the year.

After WMO-No. 1203, Guidelines on the Calculation of Climate Normals (2017), with harmonics for the daily values.
Grids are those of `climate.calendar`: `(series, years, 366)`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import DAYS, Floats, Integers, years_with_data

STANDARD_PERIOD = (1991, 2020)
_ENOUGH_YEARS = 10
_WINDOW_DAYS = 31
_MEAN_HARMONICS = 3
_SPREAD_HARMONICS = 2

Mask = npt.NDArray[np.bool_]
Period = tuple[int, int]


@dataclass(frozen=True)
class Cycle:
    """The year's cycle of mean and spread (standard deviation of single days), `(series, 366)` in the values' unit."""

    mean: Floats
    spread: Floats


@dataclass(frozen=True)
class Normals:
    """A cycle with quantiles and the share of wet days by day of the year, all `(series, 366)`.

    `years` `(series,)` counts those with data between `base_from` and `base_until`, both `(series,)`.
    """

    cycle: Cycle
    quantile_10: Floats
    quantile_50: Floats
    quantile_90: Floats
    wet_day_share: Floats
    years: Integers
    base_from: Integers
    base_until: Integers


def normals(
    found: Integers, grid: Floats, period: Period = STANDARD_PERIOD, *, wet_day: float | None = None
) -> Normals:
    """Normals of daily series with at least one value each.

    Quantiles are those of all days within 15 days of the day of the year: of their departures from the mean, so that
    the season's own change does not widen them, or of the amounts themselves where days are wet or dry.

    Args:
        found: the grid's years `(years,)`.
        grid: `(series, years, 366)`.
        period: first and last year of the base period.
        wet_day: from which value on a day is wet; without it there is no wet-day share.
    """
    has_data = years_with_data(grid)
    chosen = base_years(found, has_data, period)
    inside = chosen.any(axis=0)
    base = np.where(chosen[:, inside, None], grid[:, inside], np.nan)
    usual = cycle(base)
    centre = usual.mean if wet_day is None else np.zeros_like(usual.mean)
    tenth, median, ninetieth = centre + _window_quantiles(base - centre[:, None], (0.1, 0.5, 0.9))
    share = np.full(usual.mean.shape, np.nan)
    if wet_day is not None:
        is_wet = np.where(np.isnan(base), np.nan, base >= wet_day)
        share = np.clip(_harmonics(is_wet, _SPREAD_HARMONICS), 0.0, 1.0)
    first, last = _ends(found, chosen & has_data)
    is_standard = (chosen == _inside(found, period)).all(axis=1)
    return Normals(
        usual,
        tenth,
        median,
        ninetieth,
        share,
        (chosen & has_data).sum(axis=1),
        np.where(is_standard, period[0], first),
        np.where(is_standard, period[1], last),
    )


def base_years(found: Integers, has_data: Mask, period: Period) -> Mask:
    """Which years make each series' normals: the base period where ten of its years have data, else all years.

    Args:
        found: `(years,)`.
        has_data: `(series, years)`.
        period: first and last year of the base period.
    """
    inside = _inside(found, period)
    is_enough = (has_data & inside).sum(axis=1) >= _ENOUGH_YEARS
    return np.where(is_enough[:, None], inside, True)


def cycle(base: Floats) -> Cycle:
    """The cycle of daily series `(series, years, 366)` of a base period.

    Mean and squared spread are harmonics of the year fitted by least squares, which smooths them (Narapusetty et al.,
    2009).
    """
    mean = _harmonics(base, _MEAN_HARMONICS)
    mean = np.where(np.nanmin(base, axis=(1, 2))[:, None] >= 0, np.maximum(mean, 0.0), mean)
    variance = _harmonics((base - mean[:, None]) ** 2, _SPREAD_HARMONICS)
    return Cycle(mean, np.sqrt(np.maximum(variance, 0.05 * np.nanvar(base, axis=(1, 2))[:, None])))


def _inside(found: Integers, period: Period) -> Mask:
    return (found >= period[0]) & (found <= period[1])


def _ends(found: Integers, chosen: Mask) -> tuple[Integers, Integers]:
    """The first and the last of each series' years, `(series,)` each."""
    return found[np.argmax(chosen, axis=1)], found[len(found) - 1 - np.argmax(chosen[:, ::-1], axis=1)]


def _harmonics(base: Floats, count: int) -> Floats:
    """A least-squares fit of `count` harmonics of the year, at each day `(series, 366)`; a constant for short data."""
    days = np.isfinite(base).sum(axis=1).astype(float)
    sums = np.nansum(base, axis=1)
    fitted = np.repeat(sums.sum(axis=1, keepdims=True) / days.sum(axis=1, keepdims=True), DAYS, axis=1)
    is_long = np.count_nonzero(days, axis=1) > 300
    if is_long.any():
        basis = _basis(count)
        # The basis depends on the day of the year alone, so sums by day give the normal equations of all days.
        products = (basis[:, :, None] * basis[:, None, :]).reshape(DAYS, -1)
        left = (days[is_long] @ products).reshape(-1, basis.shape[1], basis.shape[1])
        right = sums[is_long] @ basis
        fitted[is_long] = np.linalg.solve(left, right[..., None])[..., 0] @ basis.T
    return fitted


@lru_cache
def _basis(count: int) -> Floats:
    """Constant, cosines and sines of the year: `(366, 1 + 2 count)`."""
    angle = 2 * np.pi * np.arange(DAYS)[:, None] / DAYS * np.arange(1, count + 1)
    return np.hstack([np.ones((DAYS, 1)), np.cos(angle), np.sin(angle)])


def _window_quantiles(base: Floats, quantiles: tuple[float, ...]) -> Floats:
    """Quantiles of all values in the window around each day of the year: `(quantiles, series, 366)`."""
    values = base.swapaxes(1, 2).reshape(len(base), -1)  # the years of a day, and then those of the next
    order = np.argsort(np.where(np.isnan(values), np.inf, values))  # among NaN, NumPy takes seven times as long
    in_order = np.take_along_axis(values, order, axis=1)
    # Values are in many windows: it is their ranks that are ordered there, a quarter of the bytes.
    ranks = np.empty(values.shape, np.min_scalar_type(values.shape[1]))
    np.put_along_axis(ranks, order, np.arange(values.shape[1])[None], axis=1)
    ordered = np.sort(_windows(ranks, base.shape[1]))
    known = _windows(np.isfinite(base).sum(axis=1), 1).sum(axis=2)
    lower, upper, share = _places(known, quantiles)
    below, above = (
        np.stack([np.take_along_axis(in_order, _taken(ordered, place), axis=1) for place in places])
        for places in (lower, upper)
    )
    return np.asarray(below + share * (above - below))


def _windows(values: npt.NDArray[np.integer], of_day: int) -> npt.NDArray[np.integer]:
    """The values `(series, 366 of_day)` of the days around each day of the year, `(series, 366, 31 of_day)`."""
    half = _WINDOW_DAYS // 2 * of_day
    around = np.concatenate([values[:, -half:], values, values[:, :half]], axis=1)
    return np.lib.stride_tricks.sliding_window_view(around, _WINDOW_DAYS * of_day, axis=1)[:, ::of_day]


def row_quantiles(rows: Floats, quantiles: tuple[float, ...]) -> Floats:
    """Quantiles of each row's values, interpolated linearly: `(quantiles, rows)`; NaN for a row without any."""
    lower, upper, share = _places(np.isfinite(rows).sum(axis=1), quantiles)
    ordered = np.sort(rows, axis=1)  # NaN comes last
    below, above = (np.stack([_taken(ordered, place) for place in places]) for places in (lower, upper))
    return np.asarray(below + share * (above - below))


def _places(count: Integers, quantiles: tuple[float, ...]) -> tuple[Integers, Integers, Floats]:
    """Between which two of so many ordered values quantiles lie, and how far from the lower: `(quantiles, ...)`."""
    last = np.maximum(count - 1, 0)
    position = np.multiply.outer(quantiles, last)
    lower = np.floor(position).astype(int)
    return lower, np.minimum(lower + 1, last), position - lower


def _taken(rows: npt.NDArray[np.generic], places: Integers) -> npt.NDArray[Any]:
    """The value of each row `(..., values)` at its place `(...)`."""
    return np.take_along_axis(rows, places[..., None], axis=-1)[..., 0]


def base_period(found: Integers, has_data: Mask, period: Period = STANDARD_PERIOD) -> Period:
    """The base period of one series `(years,)`: the wanted one, or from the first to the last year with data."""
    chosen = base_years(found, has_data[None], period)
    if (chosen[0] == _inside(found, period)).all():
        return period
    first, last = _ends(found, chosen & has_data)
    return int(first[0]), int(last[0])

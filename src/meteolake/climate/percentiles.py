"""Percentiles of the base period by day of the year, and how often days go beyond them.

A day of the base period is compared with percentiles that were made without its own year, once with each other base
year in that year's place (the bootstrap of Zhang et al., 2005), since percentiles that know the day would make the base
period look calmer than the years around it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import Floats, Integers
from meteolake.climate.station_days import StationDays

Mask = npt.NDArray[np.bool_]

_DAYS = 365
_WINDOW = 5
_LEAST_SHARE = 0.1

Side = Literal["above", "below"]


@dataclass(frozen=True)
class Base:
    """A variable's values around each day of the year in each base year, `(365, years, 5)`."""

    first_year: int
    last_year: int
    windows: Floats

    def threshold(self, quantile: float) -> Floats:
        """The percentile of each day of the year, `(365,)`; NaN where less than a tenth of the days has a value."""
        return _quantile(self.windows.reshape(_DAYS, -1), quantile)

    @cached_property
    def without_each_year(self) -> Floats:
        """The values of all years but one in ascending order, `(365, years, 5 (years - 1))`, infinite for missing."""
        years = self.windows.shape[1]
        whole = np.nan_to_num(self.windows.reshape(_DAYS, -1), nan=np.inf)
        order = np.argsort(whole, axis=1)
        is_other_year = (order // _WINDOW)[:, None, :] != np.arange(years)[:, None]
        pool = np.broadcast_to(np.take_along_axis(whole, order, axis=1)[:, None], is_other_year.shape)
        return np.asarray(pool[is_other_year].reshape(_DAYS, years, -1))


def base(days: StationDays, values: Floats, first_year: int, last_year: int) -> Base:
    """The base period's values of a variable around each day of the year, without 29 February.

    A window that reaches over a new year goes on at the other end of the same year, as in the reference software.
    """
    years = np.arange(first_year, last_year + 1)
    by_year = np.full((len(years), _DAYS), np.nan)
    chosen = (days.year >= first_year) & (days.year <= last_year) & ~days.is_leap_day
    by_year[days.year[chosen] - first_year, days.day[chosen]] = values[chosen]
    half = _WINDOW // 2
    around = np.pad(by_year, ((0, 0), (half, half)), mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(around, _WINDOW, axis=1)
    return Base(first_year, last_year, np.ascontiguousarray(windows.transpose(1, 0, 2)))


def share_beyond(days: StationDays, values: Floats, reference: Base, quantile: float, side: Side) -> Floats:
    """How far each day counts as beyond the percentile, `(days,)`: 0 or 1, and shares of the bootstrap in the base.

    NaN where a day outside the base period has no value; a missing day of the base period counts as not beyond.
    """
    threshold = reference.threshold(quantile)[days.day]
    unknown = np.isnan(values) | np.isnan(threshold)
    found = np.where(unknown, np.nan, _beyond(values, threshold, side).astype(float))
    in_base = (days.year >= reference.first_year) & (days.year <= reference.last_year)
    if not in_base.any() or reference.windows.shape[1] < 2:
        return found
    place = days.day[in_base], days.year[in_base] - reference.first_year
    found[in_base] = _bootstrapped(reference, values[in_base], place, quantile, side)
    return np.where(np.isnan(threshold), np.nan, found)


def wet_day_threshold(days: StationDays, quantile: float, first_year: int, last_year: int, wet_day: float) -> float:
    """The percentile of precipitation on the base period's wet days; NaN without any."""
    in_base = (days.year >= first_year) & (days.year <= last_year)
    wet = days.precipitation[in_base & (days.precipitation >= wet_day)]
    return float(_quantile(wet[None, :], quantile)[0]) if len(wet) else float("nan")


def _beyond(values: Floats, threshold: Floats, side: Side) -> Mask:
    return np.asarray(values > threshold if side == "above" else values < threshold)


def _bootstrapped(
    reference: Base, values: Floats, place: tuple[Integers, Integers], quantile: float, side: Side
) -> Floats:
    """How often each value `(days,)` of the base is beyond the percentile without its year, with another year twice.

    Another year brings five values at the most, so that it moves the percentile by five places at the most: values
    outside these places are on one side of all percentiles, and only the others are compared with each.
    """
    pools = reference.without_each_year
    size = np.isfinite(pools).sum(axis=2)
    lowest = _ranks(size, quantile)[0] - _WINDOW
    highest = _ranks(size + _WINDOW, quantile)[1]
    lower = _taken(pools, np.maximum(lowest, 0))
    upper = _taken(pools, np.minimum(highest, pools.shape[2] - 1))
    below = np.where(lowest >= 0, lower, -np.inf)[place]
    above = np.where(highest < size, upper, np.inf)[place]
    found = (values > above if side == "above" else values < below).astype(float)
    near = np.flatnonzero((values >= below) & (values <= above))
    thresholds = _with_each_year_twice(reference, (place[0][near], place[1][near]), quantile)
    found[near] = _beyond(values[near, None], thresholds, side).sum(axis=1) / thresholds.shape[1]
    return found


def _with_each_year_twice(reference: Base, place: tuple[Integers, Integers], quantile: float) -> Floats:
    """Percentiles without the day's year, with each other year's values twice: `(days, years - 1)`."""
    years = reference.windows.shape[1]
    others = np.array([np.delete(np.arange(years), year) for year in range(years)])[place[1]]
    added = np.nan_to_num(reference.windows[place[0][:, None], others], nan=np.inf)
    pool = reference.without_each_year[place]
    size = np.isfinite(pool).sum(axis=1)[:, None] + np.isfinite(added).sum(axis=2)
    lower, upper, share = _ranks(size, quantile)
    # The wanted two of all values are among those of the pool around their places and those that are added.
    start = np.maximum(lower - _WINDOW, 0)
    around = start[..., None] + np.arange(_WINDOW + 2)
    is_there = around < pool.shape[1]
    values = pool[np.arange(len(pool))[:, None, None], np.where(is_there, around, 0)]
    ordered = np.sort(np.concatenate([np.where(is_there, values, np.inf), added], axis=2), axis=2)
    found = _between(ordered, lower - start, upper - start, share)
    return np.where(_is_enough(size, years * _WINDOW), found, np.nan)


def _ranks(count: Integers, quantile: float) -> tuple[Integers, Integers, Floats]:
    """Between which two of so many ordered values a quantile lies, counted from 0, and how far from the lower one.

    Median-unbiased quantiles: type 8 of Hyndman and Fan (1996).
    """
    # In the reference software's order of operations: a value that equals the percentile is told by its last bit.
    position = 1 / 3 + quantile * (count + 1 - 1 / 3 - 1 / 3) - 1
    whole = np.floor(position + 4 * np.finfo(float).eps)
    share = position - whole
    last = np.maximum(count - 1, 0)
    lower, upper = np.clip(whole, 0, last).astype(int), np.clip(whole + 1, 0, last).astype(int)
    return lower, upper, np.where(np.abs(share) <= 4 * np.finfo(float).eps, 0.0, share)


def _between(ordered: Floats, lower: Integers, upper: Integers, share: Floats) -> Floats:
    """Values at ranks of the last axis, interpolated."""
    below, above = _taken(ordered, lower), _taken(ordered, upper)
    with np.errstate(invalid="ignore"):
        return np.where(share == 0, below, (1 - share) * below + share * above)


def _taken(values: Floats, rank: Integers) -> Floats:
    """One value of the last axis for each of the axes before it."""
    return np.take_along_axis(values, rank[..., None], axis=-1)[..., 0]


def _is_enough(count: Integers, size: int) -> Mask:
    return np.asarray(count >= max(1.0, _LEAST_SHARE * size))


def _quantile(values: Floats, quantile: float) -> Floats:
    """Quantiles over the last axis, leaving out NaN."""
    count = np.isfinite(values).sum(axis=-1)
    lower, upper, share = _ranks(count, quantile)
    ordered = np.partition(values, np.unique(np.r_[lower.ravel(), upper.ravel()]), axis=-1)
    return np.where(_is_enough(count, values.shape[-1]), _between(ordered, lower, upper, share), np.nan)

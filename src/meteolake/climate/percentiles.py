"""Percentiles of the base period by day of the year, and how often days go beyond them.

A day of the base period is compared with percentiles that were made without its own year, once with each other base
year in that year's place (the bootstrap of Zhang et al., 2005), since percentiles that know the day would make the base
period look calmer than the years around it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import Floats
from meteolake.climate.station_days import StationDays

Mask = npt.NDArray[np.bool_]

_DAYS = 365
_WINDOW = 5
_LEAST_SHARE = 0.1
_DAYS_AT_ONCE = 20


@dataclass(frozen=True)
class Base:
    """A variable's values around each day of the year in each base year, `(365, years, 5)`."""

    first_year: int
    last_year: int
    windows: Floats

    def threshold(self, quantile: float) -> Floats:
        """The percentile of each day of the year, `(365,)`; NaN where less than a tenth of the days has a value."""
        return _quantile(self.windows.reshape(_DAYS, -1), quantile)


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


def share_beyond(
    days: StationDays, values: Floats, reference: Base, quantile: float, side: Literal["above", "below"]
) -> Floats:
    """How far each day counts as beyond the percentile, `(days,)`: 0 or 1, and shares of the bootstrap in the base.

    NaN where a day outside the base period has no value; a missing day of the base period counts as not beyond.
    """
    threshold = reference.threshold(quantile)[days.day]
    unknown = np.isnan(values) | np.isnan(threshold)
    found = np.where(unknown, np.nan, _beyond(values, threshold, side).astype(float))
    in_base = (days.year >= reference.first_year) & (days.year <= reference.last_year)
    years = reference.windows.shape[1]
    if not in_base.any() or years < 2:
        return found
    thresholds = _without_each_year(reference.windows, quantile)
    chosen = thresholds[days.day[in_base], days.year[in_base] - reference.first_year]
    found[in_base] = _beyond(values[in_base][:, None], chosen, side).sum(axis=1) / (years - 1)
    return np.where(np.isnan(threshold), np.nan, found)


def wet_day_threshold(days: StationDays, quantile: float, first_year: int, last_year: int, wet_day: float) -> float:
    """The percentile of precipitation on the base period's wet days; NaN without any."""
    in_base = (days.year >= first_year) & (days.year <= last_year)
    wet = days.precipitation[in_base & (days.precipitation >= wet_day)]
    return float(_quantile(wet[None, :], quantile)[0]) if len(wet) else float("nan")


def _beyond(values: Floats, threshold: Floats, side: Literal["above", "below"]) -> Mask:
    return np.asarray(values > threshold if side == "above" else values < threshold)


def _without_each_year(windows: Floats, quantile: float) -> Floats:
    """Percentiles with one year left out and another in its place, `(365, left out, in its place)`."""
    years = windows.shape[1]
    # Which years make each pool: all, with another in the place of the one that is left out.
    pools = np.array(
        [
            [
                np.where(np.arange(years) == left_out, other, np.arange(years))
                for other in range(years)
                if other != left_out
            ]
            for left_out in range(years)
        ]
    )
    found = np.empty((_DAYS, years, years - 1))
    for start in range(0, _DAYS, _DAYS_AT_ONCE):
        pooled = windows[start : start + _DAYS_AT_ONCE][:, pools]
        found[start : start + _DAYS_AT_ONCE] = _quantile(pooled.reshape(*pooled.shape[:3], -1), quantile)
    return found


def _quantile(values: Floats, quantile: float) -> Floats:
    """Median-unbiased quantiles (type 8 of Hyndman and Fan, 1996) over the last axis, leaving out NaN."""
    count = np.isfinite(values).sum(axis=-1)
    size = values.shape[-1]
    position = 1 / 3 + quantile * (count + 1 / 3)
    whole = np.floor(position + 4 * np.finfo(float).eps)
    share = position - whole
    share = np.where(np.abs(share) < 4 * np.finfo(float).eps, 0.0, share)
    lower = np.clip(whole - 1, 0, np.maximum(count - 1, 0)).astype(int)
    upper = np.clip(whole, 0, np.maximum(count - 1, 0)).astype(int)
    ordered = np.partition(values, np.unique(np.r_[lower.ravel(), upper.ravel()]), axis=-1)
    below = np.take_along_axis(ordered, lower[..., None], axis=-1)[..., 0]
    above = np.take_along_axis(ordered, upper[..., None], axis=-1)[..., 0]
    found = np.where(share == 0, below, (1 - share) * below + share * above)
    return np.where(count >= max(1.0, _LEAST_SHARE * size), found, np.nan)

"""Months rolled up from days."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import DAYS, MONTH_STARTS, Floats, Integers, by_month, days_in_months
from meteolake.variables import RollUp

Mask = npt.NDArray[np.bool_]

_LONG_GAP = 5
_LEAP_DAY = MONTH_STARTS[2] - 1


@dataclass(frozen=True)
class Months:
    """Arrays `(series, years, 12)`, values in the variable's unit; a month without a day has NaN.

    `has_long_gap` tells of five days in a row without a value.
    """

    value: Floats
    lowest: Floats
    highest: Floats
    wet_days: Integers
    days: Integers
    is_complete: Mask
    has_long_gap: Mask


def months(found: Integers, grid: Floats, roll_up: RollUp, wet_day: float | None = None) -> Months:
    """Roll daily series up to months.

    Args:
        found: the grid's years `(years,)`.
        grid: `(series, years, 366)`, NaN for missing.
        roll_up: how days become a month's value.
        wet_day: from which value on a day is wet.
    """
    days = _counted(np.isfinite(grid))
    total = np.where(days > 0, by_month(grid, np.add, 0.0), np.nan)
    lowest = np.where(days > 0, by_month(grid, np.minimum, np.inf), np.nan)
    highest = np.where(days > 0, by_month(grid, np.maximum, -np.inf), np.nan)
    value = {"mean": total / np.maximum(days, 1), "sum": total, "max": highest, "min": lowest}[roll_up]
    wet_days = np.zeros_like(days) if wet_day is None else _counted(grid >= wet_day)
    length = days_in_months(found)
    return Months(value, lowest, highest, wet_days, days, days == length, _has_long_gap(grid, length))


def _counted(is_day: Mask) -> Integers:
    """How many days of each month are such a day, `(..., 366)` to `(..., 12)`."""
    return np.asarray(np.add.reduceat(is_day, MONTH_STARTS, axis=-1, dtype=np.int64))


def _has_long_gap(grid: Floats, length: Integers) -> Mask:
    """Whether five days in a row are missing within each month of `length` `(years, 12)`."""
    is_missing = np.isnan(grid)
    is_missing[..., length[:, 1] < MONTH_STARTS[2] - MONTH_STARTS[1], _LEAP_DAY] = False
    if not is_missing.any():
        return np.zeros((*grid.shape[:-1], len(MONTH_STARTS)), bool)
    found = np.zeros_like(is_missing)
    starts = DAYS - _LONG_GAP + 1
    found[..., :starts] = np.logical_and.reduce([is_missing[..., day : day + starts] for day in range(_LONG_GAP)])
    last_days = np.r_[MONTH_STARTS[1:], DAYS][:, None] - np.arange(1, _LONG_GAP)
    found[..., last_days.ravel()] = False  # from there a gap goes on into the next month
    return np.asarray(np.logical_or.reduceat(found, MONTH_STARTS, axis=-1))

"""Months rolled up from days."""

from dataclasses import dataclass

import numpy as np

from meteolake.climate.calendar import Floats, Integers, by_month, days_in_months
from meteolake.variables import RollUp


@dataclass(frozen=True)
class Months:
    """Arrays `(series, years, 12)`, values in the variable's unit; a month without a day has NaN."""

    value: Floats
    lowest: Floats
    highest: Floats
    wet_days: Integers
    days: Integers
    is_complete: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def months(found: Integers, grid: Floats, roll_up: RollUp, wet_day: float | None = None) -> Months:
    """Roll daily series up to months.

    Args:
        found: the grid's years `(years,)`.
        grid: `(series, years, 366)`, NaN for missing.
        roll_up: how days become a month's value.
        wet_day: from which value on a day is wet.
    """
    days = by_month(np.isfinite(grid).astype(float), np.add, 0.0).astype(np.int64)
    total = np.where(days > 0, by_month(grid, np.add, 0.0), np.nan)
    lowest = np.where(days > 0, by_month(grid, np.minimum, np.inf), np.nan)
    highest = np.where(days > 0, by_month(grid, np.maximum, -np.inf), np.nan)
    value = {"mean": total / np.maximum(days, 1), "sum": total, "max": highest, "min": lowest}[roll_up]
    is_wet = np.zeros_like(grid) if wet_day is None else (grid >= wet_day).astype(float)
    wet_days = by_month(is_wet, np.add, 0.0).astype(np.int64)
    return Months(value, lowest, highest, wet_days, days, days == days_in_months(found))

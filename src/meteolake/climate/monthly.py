"""Months rolled up from days."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from meteolake.climate.calendar import Dates, Floats, Integers


@dataclass(frozen=True)
class Months:
    """Arrays `(months,)`: only months with a day in them; values in the variable's unit."""

    month: Dates
    value: Floats
    lowest: Floats
    highest: Floats
    wet_days: Integers
    days: Integers
    is_complete: np.ndarray[tuple[int], np.dtype[np.bool_]]


def months(
    dates: Dates, values: Floats, roll_up: Literal["mean", "sum", "max", "min"], wet_day: float | None = None
) -> Months:
    """Roll a daily series `(days,)`, ascending and without missing values, up to months."""
    month_of_day = dates.astype("datetime64[M]")
    month, starts, days = np.unique(month_of_day, return_index=True, return_counts=True)
    length = ((month + np.timedelta64(1, "M")).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int)
    lowest, highest = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    total = np.add.reduceat(values, starts)
    value = {"mean": total / days, "sum": total, "max": highest, "min": lowest}[roll_up]
    wet = (values >= wet_day) if wet_day is not None else np.zeros(len(values), bool)
    wet_days = np.add.reduceat(wet.astype(int), starts)
    return Months(month.astype("datetime64[D]"), value, lowest, highest, wet_days, days, days == length)

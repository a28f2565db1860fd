"""Days of the year and months of NumPy dates, and daily series laid out by them.

A grid holds daily series as `(series, years, 366)`, as in leap years, so that 1 March is the same column in every year;
NaN is a day without a value, and the 29 February that a year has not.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Dates = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DAYS = 366
_LEAP_YEAR = np.datetime64("2000-01-01")
MONTH_STARTS = (np.arange("2000-01", "2001-01", dtype="datetime64[M]").astype("datetime64[D]") - _LEAP_YEAR).astype(int)


def years(dates: Dates) -> Integers:
    """The calendar year of each date."""
    return _of_each_day(dates, lambda days: days.astype("datetime64[Y]").astype(np.int64) + 1970)


def day_of_year(dates: Dates) -> Integers:
    """1 to 366 as in a leap year, so that 1 March is day 61 in every year."""
    return _of_each_day(dates, _day_of_year)


def _day_of_year(dates: Dates) -> Integers:
    months = dates.astype("datetime64[M]")
    day_of_month = (dates - months.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(MONTH_STARTS[months.astype(np.int64) % 12] + day_of_month + 1, dtype=np.int64)


def _of_each_day(dates: Dates, compute: Callable[[Dates], Integers]) -> Integers:
    """What is computed of dates, of each day once where they are many of few days: the calendar is slow."""
    days = dates.astype("datetime64[D]", copy=False)
    if not days.size:
        return compute(days)
    ordinal = days.astype(np.int64)
    first, last = ordinal.min(), ordinal.max()
    if last - first >= days.size:
        return compute(days)
    of_day = compute(np.arange(first, last + 1).astype("datetime64[D]"))
    return np.asarray(of_day[ordinal - first])


def lay_out(dates: Dates, values: Floats) -> tuple[Integers, Floats]:
    """A daily series as a grid of its own.

    Args:
        dates: `(days,)`, in any order.
        values: `(days,)`.

    Returns:
        The years `(years,)` and the grid `(1, years, 366)`.
    """
    year = years(dates)
    found = np.arange(year.min(), year.max() + 1)
    grid = np.full((1, len(found), DAYS), np.nan)
    grid[0, year - found[0], day_of_year(dates) - 1] = values
    return found, grid


def years_with_data(grid: Floats) -> npt.NDArray[np.bool_]:
    """Whether each year of each series has a value, `(series, years)`."""
    return np.asarray(np.isfinite(grid).any(axis=-1))


def by_month(grid: Floats, roll_up: np.ufunc, missing: float) -> Floats:
    """Days rolled up to months, `(..., 366)` to `(..., 12)`, with `missing` in the place of NaN."""
    return np.asarray(roll_up.reduceat(np.where(np.isnan(grid), missing, grid), MONTH_STARTS, axis=-1))


def days_in_months(found: Integers) -> Integers:
    """How many days each month of each year has, `(years, 12)`."""
    first = (found[:, None] - 1970) * 12 + np.arange(13)
    starts = first.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(np.diff(starts, axis=1).astype(np.int64))

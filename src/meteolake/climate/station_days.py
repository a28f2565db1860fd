"""A station's daily series laid out over whole years, with the rule of which periods have enough data."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import Dates, Floats, Integers

Mask = npt.NDArray[np.bool_]

MOST_MISSING_IN_YEAR = 15
MOST_MISSING_IN_MONTH = 3


@dataclass(frozen=True)
class Periods:
    """Consecutive years or months: the first day of each `(periods,)`, and where each begins among the days."""

    first_days: Dates
    starts: Integers

    def total(self, values: Floats | Mask) -> Floats:
        """Sums over each period `(periods,)`, leaving out NaN."""
        return np.asarray(np.add.reduceat(np.nan_to_num(values.astype(float)), self.starts))

    def highest(self, values: Floats) -> Floats:
        """The highest value of each period, NaN where there is none."""
        return _finite(np.maximum.reduceat(np.where(np.isnan(values), -np.inf, values), self.starts))

    def lowest(self, values: Floats) -> Floats:
        """The lowest value of each period, NaN where there is none."""
        return np.asarray(-self.highest(-values))

    def mean(self, values: Floats) -> Floats:
        """The mean of each period, NaN where there is none."""
        count = self.total(~np.isnan(values))
        mean: Floats = np.divide(self.total(values), count, out=np.full(len(count), np.nan), where=count > 0)
        return mean


@dataclass(frozen=True)
class StationDays:
    """Daily values `(days,)` from a 1 January to a 31 December without a gap in the dates; NaN is missing.

    Temperatures in °C, precipitation in mm. Days of the year are those of a year of 365 days: 29 February counts as
    the 28th.
    """

    dates: Dates
    maximum: Floats
    minimum: Floats
    precipitation: Floats

    @cached_property
    def year(self) -> Integers:
        """The year of each day."""
        return self.dates.astype("datetime64[Y]").astype(np.int64) + 1970

    @cached_property
    def month(self) -> Integers:
        """The month of each day, 1 to 12."""
        return self.dates.astype("datetime64[M]").astype(np.int64) % 12 + 1

    @cached_property
    def is_leap_day(self) -> Mask:
        """Whether each day is a 29 February."""
        day = (self.dates - self.dates.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1
        return np.asarray((self.month == 2) & (day == 29))

    @cached_property
    def day(self) -> Integers:
        """The day of the year, 0 to 364."""
        counted = ~self.is_leap_day
        in_year = np.cumsum(counted) - 1
        return np.asarray(in_year % 365, np.int64)

    @cached_property
    def mean(self) -> Floats:
        """The mean of maximum and minimum."""
        return np.asarray((self.maximum + self.minimum) / 2)

    @cached_property
    def years(self) -> Periods:
        """The calendar years."""
        return _periods(self.dates, "datetime64[Y]")

    @cached_property
    def months(self) -> Periods:
        """The calendar months."""
        return _periods(self.dates, "datetime64[M]")

    def has_enough(self, values: Floats, periods: Periods) -> Mask:
        """Whether each period has enough values: a month lacks 3 days at the most, a year 15, and no month fails."""
        missing = self.months.total(np.isnan(values))
        is_good = missing <= MOST_MISSING_IN_MONTH
        if periods is not self.years:
            return np.asarray(is_good)
        by_year = np.logical_and.reduce(is_good.reshape(-1, 12), axis=1)
        return np.asarray(by_year & (self.years.total(np.isnan(values)) <= MOST_MISSING_IN_YEAR))


def station_days(dates: Dates, maximum: Floats, minimum: Floats, precipitation: Floats) -> StationDays:
    """Lay out daily values over all days of their years.

    Args:
        dates: ascending days `(days,)`, some may be left out.
        maximum, minimum: temperatures `(days,)` in °C, NaN for missing.
        precipitation: `(days,)` in mm, NaN for missing.
    """
    known = dates.astype("datetime64[D]")
    first = known[0].astype("datetime64[Y]").astype("datetime64[D]")
    end = (known[-1].astype("datetime64[Y]") + np.timedelta64(1, "Y")).astype("datetime64[D]")
    every = np.arange(first, end)
    place = (known - first).astype(int)

    def spread(values: Floats) -> Floats:
        filled = np.full(len(every), np.nan)
        filled[place] = values
        return filled

    return StationDays(every, spread(maximum), spread(minimum), spread(precipitation))


def _periods(dates: Dates, unit: str) -> Periods:
    groups, starts = np.unique(dates.astype(unit), return_index=True)
    return Periods(groups.astype("datetime64[D]"), starts)


def _finite(values: Floats) -> Floats:
    return np.where(np.isinf(values), np.nan, values)

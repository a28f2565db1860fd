"""The formulas of the climate indices: each gives a value for each period, NaN where there is not enough data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from meteolake.climate.calendar import Floats, Integers
from meteolake.climate.percentiles import Base, Side, base, share_beyond, wet_day_threshold
from meteolake.climate.spells import in_runs, lengths_at_ends
from meteolake.climate.station_days import MOST_MISSING_IN_YEAR, Mask, Periods, StationDays

WET_DAY_MM = 1.0
_GROWING_ABOVE = 5.0
_SPELL = 6


@dataclass(frozen=True)
class Climate:
    """What indices are made from: a station's days, its base period, and on which half of the Earth it lies."""

    days: StationDays
    base_from: int
    base_until: int
    is_northern: bool
    _shares: dict[tuple[str, float], Floats] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def maximum_base(self) -> Base:
        """The base period's maximum temperatures."""
        return base(self.days, self.days.maximum, self.base_from, self.base_until)

    @cached_property
    def minimum_base(self) -> Base:
        """The base period's minimum temperatures."""
        return base(self.days, self.days.minimum, self.base_from, self.base_until)

    def share_beyond(self, variable: str, quantile: float, side: Side) -> Floats:
        """How far each day counts as beyond a percentile; kept, since years and months ask for the same."""
        if (variable, quantile) not in self._shares:
            values, reference = _series(self, variable), _base(self, variable)
            self._shares[variable, quantile] = share_beyond(self.days, values, reference, quantile, side)
        return self._shares[variable, quantile]

    def wet_threshold(self, quantile: float) -> float:
        """A percentile of the base period's wet days, in mm."""
        return wet_day_threshold(self.days, quantile, self.base_from, self.base_until, WET_DAY_MM)


Formula = Callable[[Climate, Periods], Floats]


def count(variable: str, is_counted: Callable[[Floats], Mask]) -> Formula:
    """Days of the period on which something holds."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        values = _series(climate, variable)
        return _where_enough(climate, values, periods, periods.total(is_counted(values)))

    return compute


def extreme(variable: str, side: Literal["highest", "lowest"]) -> Formula:
    """The highest or the lowest day of the period."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        values = _series(climate, variable)
        found = periods.highest(values) if side == "highest" else periods.lowest(values)
        return _where_enough(climate, values, periods, found)

    return compute


def percent(variable: str, quantile: float, side: Side) -> Formula:
    """Percentage of days beyond a percentile of the base period."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        values = _series(climate, variable)
        share = climate.share_beyond(variable, quantile, side)
        known = _where_enough(climate, share, periods, 100 * periods.mean(share))
        return _where_enough(climate, values, periods, known)

    return compute


def spell_days(variable: str, quantile: float, side: Side) -> Formula:
    """Days in spells of at least six days beyond a percentile; a spell ends with its year."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        values = _series(climate, variable)
        threshold = _base(climate, variable).threshold(quantile)[climate.days.day]
        is_beyond = values > threshold if side == "above" else values < threshold
        total = np.array([float(in_runs(year, _SPELL).sum()) for year in np.split(is_beyond, periods.starts[1:])])
        known = _where_enough(climate, values + threshold, periods, total)
        return _where_enough(climate, values, periods, known)

    return compute


def longest_spell(is_counted: Callable[[Floats], Mask]) -> Formula:
    """The longest spell that ends in the year; a year that lies within one has no value."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        rain = climate.days.precipitation
        is_true = is_counted(rain)
        longest = periods.highest(lengths_at_ends(is_true).astype(float))
        is_within = (longest == 0) & (periods.total(~is_true & np.isfinite(rain)) == 0)
        return _where_enough(climate, rain, periods, np.where(is_within, np.nan, longest))

    return compute


def daily_range(climate: Climate, periods: Periods) -> Floats:
    """Mean difference of maximum and minimum."""
    ranges = climate.days.maximum - climate.days.minimum  # missing where either is
    return _where_enough(climate, ranges, periods, periods.mean(ranges))


def highest_five_days(climate: Climate, periods: Periods) -> Floats:
    """The highest sum of five days around a day of the period."""
    rain = climate.days.precipitation
    sums = np.convolve(np.nan_to_num(rain), np.ones(5), mode="same")
    sums[:2] = sums[-2:] = 0.0
    return _where_enough(climate, rain, periods, periods.highest(sums))


def intensity(climate: Climate, periods: Periods) -> Floats:
    """Mean precipitation of wet days."""
    rain = climate.days.precipitation
    is_wet = rain >= WET_DAY_MM
    count = periods.total(is_wet)
    found = np.divide(periods.total(np.where(is_wet, rain, 0.0)), count, out=np.zeros(len(count)), where=count > 0)
    return _where_enough(climate, rain, periods, found)


def sum_above(quantile: float | None) -> Formula:
    """Precipitation of days above a percentile of wet days, or of all wet days."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        rain = climate.days.precipitation
        is_counted = rain >= WET_DAY_MM if quantile is None else rain > climate.wet_threshold(quantile)
        found = periods.total(np.where(is_counted, rain, 0.0))
        if quantile is not None and np.isnan(climate.wet_threshold(quantile)):
            found = np.full(len(found), np.nan)
        return _where_enough(climate, rain, periods, found)

    return compute


def growing_season(climate: Climate, periods: Periods) -> Floats:
    """Days from the first six warm days in a row to the first six cold ones after midsummer."""
    days = climate.days
    if climate.is_northern:
        lengths = [_season(*part) for part in _parts(days, 7, periods.starts)]
        return _where_enough(climate, days.mean, periods, np.array(lengths))
    # South of the equator the year runs from July to June and is named after its July.
    starts = np.flatnonzero((days.month == 7) & np.r_[True, days.month[1:] != days.month[:-1]])
    lengths = [_season(*part) for part in _parts(days, 1, starts)]
    lengths[-1] = np.nan  # its summer is not there yet
    missing = np.add.reduceat(np.isnan(days.mean).astype(int), starts)
    return np.where(missing <= MOST_MISSING_IN_YEAR, lengths, np.nan)


def _parts(days: StationDays, midsummer: int, starts: Integers) -> Iterator[tuple[Floats, int]]:
    """The mean temperatures of each year, and where its midsummer month begins."""
    ends = np.r_[starts[1:], len(days.dates)]
    for start, end in zip(starts, ends, strict=True):
        yield days.mean[start:end], int(np.argmax(days.month[start:end] == midsummer))


def _season(mean: Floats, middle: int) -> float:
    begins = np.flatnonzero(in_runs(mean[:middle] > _GROWING_ABOVE, _SPELL))
    if not len(begins):
        return 0.0
    ends = np.flatnonzero(in_runs(mean[middle:] < _GROWING_ABOVE, _SPELL))
    return float(len(mean) - begins[0] if not len(ends) else ends[0] + middle - begins[0])


def _series(climate: Climate, variable: str) -> Floats:
    values: Floats = getattr(climate.days, variable)
    return values


def _base(climate: Climate, variable: str) -> Base:
    return climate.maximum_base if variable == "maximum" else climate.minimum_base


def _where_enough(climate: Climate, values: Floats, periods: Periods, found: Floats) -> Floats:
    return np.where(climate.days.has_enough(values, periods), found, np.nan)

"""The 27 climate indices of the Expert Team on Climate Change Detection and Indices (ETCCDI).

Definitions: Zhang et al. (2011), https://doi.org/10.1002/wcc.147. Missing days and the order of rules are those of the
ETCCDI's reference software: a month may lack 3 days and a year 15.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from meteolake.climate.calendar import Dates, Floats, Integers
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


@dataclass(frozen=True)
class Index:
    """An index: `compute` gives a value for each period `(periods,)`, NaN where there is not enough data."""

    name: str
    unit: str
    meaning: str
    compute: Callable[[Climate, Periods], Floats]
    is_monthly: bool = False


@dataclass(frozen=True)
class Values:
    """An index of a station: the first day of each period and the value `(periods,)`."""

    index: Index
    period: Literal["year", "month"]
    first_days: Dates
    values: Floats


def climate_indices(climate: Climate) -> Iterator[Values]:
    """All indices by year, and those that are defined so by month, too."""
    for index in INDICES.values():
        kinds: list[tuple[Literal["year", "month"], Periods]] = [("year", climate.days.years)]
        if index.is_monthly:
            kinds.append(("month", climate.days.months))
        for kind, periods in kinds:
            yield Values(index, kind, periods.first_days, index.compute(climate, periods))


def _count(variable: str, is_counted: Callable[[Floats], Mask]) -> Callable[[Climate, Periods], Floats]:
    """Days of the period on which something holds."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        values = _series(climate, variable)
        return _where_enough(climate, values, periods, periods.total(is_counted(values)))

    return compute


def _extreme(variable: str, side: Literal["highest", "lowest"]) -> Callable[[Climate, Periods], Floats]:
    def compute(climate: Climate, periods: Periods) -> Floats:
        values = _series(climate, variable)
        found = periods.highest(values) if side == "highest" else periods.lowest(values)
        return _where_enough(climate, values, periods, found)

    return compute


def _percent(variable: str, quantile: float, side: Side) -> Callable[[Climate, Periods], Floats]:
    """Percentage of days beyond a percentile of the base period."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        values = _series(climate, variable)
        share = climate.share_beyond(variable, quantile, side)
        known = _where_enough(climate, share, periods, 100 * periods.mean(share))
        return _where_enough(climate, values, periods, known)

    return compute


def _spell_days(variable: str, quantile: float, side: Side) -> Callable[[Climate, Periods], Floats]:
    """Days in spells of at least six days beyond a percentile; a spell ends with its year."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        values = _series(climate, variable)
        threshold = _base(climate, variable).threshold(quantile)[climate.days.day]
        is_beyond = values > threshold if side == "above" else values < threshold
        total = np.array([float(in_runs(year, _SPELL).sum()) for year in np.split(is_beyond, periods.starts[1:])])
        known = _where_enough(climate, values + threshold, periods, total)
        return _where_enough(climate, values, periods, known)

    return compute


def _longest(is_counted: Callable[[Floats], Mask]) -> Callable[[Climate, Periods], Floats]:
    """The longest spell that ends in the year; a year that lies within one has no value."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        rain = climate.days.precipitation
        is_true = is_counted(rain)
        longest = periods.highest(lengths_at_ends(is_true).astype(float))
        is_within = (longest == 0) & (periods.total(~is_true & np.isfinite(rain)) == 0)
        return _where_enough(climate, rain, periods, np.where(is_within, np.nan, longest))

    return compute


def _range(climate: Climate, periods: Periods) -> Floats:
    ranges = climate.days.maximum - climate.days.minimum  # missing where either is
    return _where_enough(climate, ranges, periods, periods.mean(ranges))


def _highest_five_days(climate: Climate, periods: Periods) -> Floats:
    """The highest sum of five days around a day of the period."""
    rain = climate.days.precipitation
    sums = np.convolve(np.nan_to_num(rain), np.ones(5), mode="same")
    sums[:2] = sums[-2:] = 0.0
    return _where_enough(climate, rain, periods, periods.highest(sums))


def _intensity(climate: Climate, periods: Periods) -> Floats:
    rain = climate.days.precipitation
    is_wet = rain >= WET_DAY_MM
    count = periods.total(is_wet)
    found = np.divide(periods.total(np.where(is_wet, rain, 0.0)), count, out=np.zeros(len(count)), where=count > 0)
    return _where_enough(climate, rain, periods, found)


def _sum_above(quantile: float | None) -> Callable[[Climate, Periods], Floats]:
    """Precipitation of days above a percentile of wet days, or of all wet days."""

    def compute(climate: Climate, periods: Periods) -> Floats:
        rain = climate.days.precipitation
        is_counted = rain >= WET_DAY_MM if quantile is None else rain > climate.wet_threshold(quantile)
        found = periods.total(np.where(is_counted, rain, 0.0))
        if quantile is not None and np.isnan(climate.wet_threshold(quantile)):
            found = np.full(len(found), np.nan)
        return _where_enough(climate, rain, periods, found)

    return compute


def _growing_season(climate: Climate, periods: Periods) -> Floats:
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


_MAXIMUM, _MINIMUM, _RAIN = "maximum", "minimum", "precipitation"

INDICES: dict[str, Index] = {
    index.name: index
    for index in (
        Index("fd", "day", "frost days: minimum below 0 °C", _count(_MINIMUM, lambda x: x < 0)),
        Index("su", "day", "summer days: maximum above 25 °C", _count(_MAXIMUM, lambda x: x > 25)),
        Index("id", "day", "ice days: maximum below 0 °C", _count(_MAXIMUM, lambda x: x < 0)),
        Index("tr", "day", "tropical nights: minimum above 20 °C", _count(_MINIMUM, lambda x: x > 20)),
        Index("gsl", "day", "growing season length: from six days above 5 °C to six below", _growing_season),
        Index("txx", "°C", "highest maximum", _extreme(_MAXIMUM, "highest"), True),
        Index("tnx", "°C", "highest minimum", _extreme(_MINIMUM, "highest"), True),
        Index("txn", "°C", "lowest maximum", _extreme(_MAXIMUM, "lowest"), True),
        Index("tnn", "°C", "lowest minimum", _extreme(_MINIMUM, "lowest"), True),
        Index("tn10p", "%", "cold nights: minimum below its 10th percentile", _percent(_MINIMUM, 0.1, "below"), True),
        Index("tx10p", "%", "cold days: maximum below its 10th percentile", _percent(_MAXIMUM, 0.1, "below"), True),
        Index("tn90p", "%", "warm nights: minimum above its 90th percentile", _percent(_MINIMUM, 0.9, "above"), True),
        Index("tx90p", "%", "warm days: maximum above its 90th percentile", _percent(_MAXIMUM, 0.9, "above"), True),
        Index("wsdi", "day", "warm spells: days in six or more above the 90th", _spell_days(_MAXIMUM, 0.9, "above")),
        Index("csdi", "day", "cold spells: days in six or more below the 10th", _spell_days(_MINIMUM, 0.1, "below")),
        Index("dtr", "°C", "mean daily range of temperature", _range, True),
        Index("rx1day", "mm", "highest precipitation of one day", _extreme(_RAIN, "highest"), True),
        Index("rx5day", "mm", "highest precipitation of five days", _highest_five_days, True),
        Index("sdii", "mm", "mean precipitation of wet days (1 mm and more)", _intensity),
        Index("r10mm", "day", "days of 10 mm and more", _count(_RAIN, lambda x: x >= 10)),
        Index("r20mm", "day", "days of 20 mm and more", _count(_RAIN, lambda x: x >= 20)),
        Index("rnnmm", "day", "days of 1 mm and more", _count(_RAIN, lambda x: x >= WET_DAY_MM)),
        Index("cdd", "day", "longest dry spell: days below 1 mm in a row", _longest(lambda x: x < WET_DAY_MM)),
        Index("cwd", "day", "longest wet spell: days of 1 mm and more in a row", _longest(lambda x: x >= WET_DAY_MM)),
        Index("r95p", "mm", "precipitation of very wet days, above the 95th percentile", _sum_above(0.95)),
        Index("r99p", "mm", "precipitation of extremely wet days, above the 99th percentile", _sum_above(0.99)),
        Index("prcptot", "mm", "precipitation of wet days", _sum_above(None)),
    )
}

"""The 27 climate indices of the Expert Team on Climate Change Detection and Indices (ETCCDI).

Definitions: Zhang et al. (2011), https://doi.org/10.1002/wcc.147. Missing days and the order of rules are those of the
ETCCDI's reference software: a month may lack 3 days, and a year 15 where none of its months fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from meteolake.climate.calendar import Dates, Floats
from meteolake.climate.index_formulas import (
    WET_DAY_MM,
    Climate,
    Formula,
    count,
    daily_range,
    extreme,
    growing_season,
    highest_five_days,
    intensity,
    longest_spell,
    percent,
    spell_days,
    sum_above,
)
from meteolake.climate.station_days import Periods

__all__ = ["INDICES", "Climate", "Index", "Values", "climate_indices"]


@dataclass(frozen=True)
class Index:
    """An index: `compute` gives a value for each period `(periods,)`, NaN where there is not enough data."""

    name: str
    unit: str
    meaning: str
    compute: Formula
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


_MAXIMUM, _MINIMUM, _RAIN = "maximum", "minimum", "precipitation"

INDICES: dict[str, Index] = {
    index.name: index
    for index in (
        Index("fd", "day", "frost days: minimum below 0 °C", count(_MINIMUM, lambda x: x < 0)),
        Index("su", "day", "summer days: maximum above 25 °C", count(_MAXIMUM, lambda x: x > 25)),
        Index("id", "day", "ice days: maximum below 0 °C", count(_MAXIMUM, lambda x: x < 0)),
        Index("tr", "day", "tropical nights: minimum above 20 °C", count(_MINIMUM, lambda x: x > 20)),
        Index("gsl", "day", "growing season length: from six days above 5 °C to six below", growing_season),
        Index("txx", "°C", "highest maximum", extreme(_MAXIMUM, "highest"), True),
        Index("tnx", "°C", "highest minimum", extreme(_MINIMUM, "highest"), True),
        Index("txn", "°C", "lowest maximum", extreme(_MAXIMUM, "lowest"), True),
        Index("tnn", "°C", "lowest minimum", extreme(_MINIMUM, "lowest"), True),
        Index("tn10p", "%", "cold nights: minimum below its 10th percentile", percent(_MINIMUM, 0.1, "below"), True),
        Index("tx10p", "%", "cold days: maximum below its 10th percentile", percent(_MAXIMUM, 0.1, "below"), True),
        Index("tn90p", "%", "warm nights: minimum above its 90th percentile", percent(_MINIMUM, 0.9, "above"), True),
        Index("tx90p", "%", "warm days: maximum above its 90th percentile", percent(_MAXIMUM, 0.9, "above"), True),
        Index("wsdi", "day", "warm spells: days in six or more above the 90th", spell_days(_MAXIMUM, 0.9, "above")),
        Index("csdi", "day", "cold spells: days in six or more below the 10th", spell_days(_MINIMUM, 0.1, "below")),
        Index("dtr", "°C", "mean daily range of temperature", daily_range, True),
        Index("rx1day", "mm", "highest precipitation of one day", extreme(_RAIN, "highest"), True),
        Index("rx5day", "mm", "highest precipitation of five days", highest_five_days, True),
        Index("sdii", "mm", "mean precipitation of wet days (1 mm and more)", intensity),
        Index("r10mm", "day", "days of 10 mm and more", count(_RAIN, lambda x: x >= 10)),
        Index("r20mm", "day", "days of 20 mm and more", count(_RAIN, lambda x: x >= 20)),
        Index("rnnmm", "day", "days of 1 mm and more", count(_RAIN, lambda x: x >= WET_DAY_MM)),
        Index("cdd", "day", "longest dry spell: days below 1 mm in a row", longest_spell(lambda x: x < WET_DAY_MM)),
        Index(
            "cwd", "day", "longest wet spell: days of 1 mm and more in a row", longest_spell(lambda x: x >= WET_DAY_MM)
        ),
        Index("r95p", "mm", "precipitation of very wet days, above the 95th percentile", sum_above(0.95)),
        Index("r99p", "mm", "precipitation of extremely wet days, above the 99th percentile", sum_above(0.99)),
        Index("prcptot", "mm", "precipitation of wet days", sum_above(None)),
    )
}

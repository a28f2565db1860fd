"""The quality rules: what each looks for, what becomes of what it finds, and where it comes from.

An error refuses the row, which goes to the quarantine; a warning flags the value, which stays.
"""

from dataclasses import dataclass
from typing import Literal

_DURRE = "Durre et al. (2010), https://doi.org/10.1175/2010JAMC2375.1"


@dataclass(frozen=True)
class Rule:
    """One rule, by the id that quarantine and flags name."""

    id: str
    what: str
    severity: Literal["error", "warning"]
    reference: str


DATE_VALID = Rule("date_valid", "the date is one of the calendar", "error", "ISO 8601")
DATE_KNOWN = Rule("date_known", "the date is neither in the future nor before the first instruments", "error", "")
IN_RANGE = Rule(
    "in_range",
    "the value is possible on Earth",
    "error",
    f"WMO archive of weather extremes; world records of {_DURRE}",
)
MIN_NOT_ABOVE_MAX = Rule(
    "min_not_above_max", "the minimum is not above the maximum", "error", f"internal consistency of {_DURRE}"
)
WHOLE_DAY = Rule(
    "whole_day", "an archive's extreme comes with the day's mean: all hours are there", "error", "Open-Meteo's archive"
)
STREAK = Rule(
    "streak",
    "a temperature or an amount of rain is the same on 20 days in a row",
    "warning",
    f"streaks of {_DURRE}",
)
FREQUENT_VALUE = Rule(
    "frequent_value",
    "an amount of rain comes five times or more on ten wet days in a row",
    "warning",
    f"frequent values of {_DURRE}",
)
DUPLICATE_MONTH = Rule(
    "duplicate_month",
    "all days of the month are those of another month of the year, or of the same month of another year",
    "warning",
    f"duplicates of {_DURRE}",
)
NAUGHT = Rule("naught", "maximum and minimum are both 0 °C, or both 0 °F", "warning", f"simultaneous zeros of {_DURRE}")
SAME_EXTREMES = Rule(
    "same_extremes",
    "maximum and minimum are the same on ten days of the month or more",
    "warning",
    f"duplicates of {_DURRE}",
)
GAP = Rule(
    "gap",
    "the temperature lies 10 °C beyond all others of its month of the year, or the rain 300 mm",
    "warning",
    f"gaps of {_DURRE}",
)
OUTLIER = Rule(
    "outlier",
    "the temperature is six standard deviations from the mean of the days around it, "
    "or the rain nine times their 95th percentile, five times in frost",
    "warning",
    f"climatological outliers of {_DURRE}",
)
SPIKE = Rule(
    "spike", "the temperature differs by 25 °C from the day before and the day after", "warning", f"spikes of {_DURRE}"
)
LAGGED_RANGE = Rule(
    "lagged_range",
    "the maximum is 40 °C above every minimum of three days, or the minimum 40 °C below every maximum",
    "warning",
    f"lagged ranges of {_DURRE}",
)
NEIGHBOURS = Rule(
    "neighbours",
    "the anomaly is 10 °C beyond those of all neighbours on three days",
    "warning",
    f"spatial corroboration of {_DURRE}",
)
UNIT_SLIP = Rule(
    "unit_slip",
    "a month fits its normals only when read in another unit: °F for °C, inches or tenths for mm",
    "warning",
    "",
)

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        DATE_VALID,
        DATE_KNOWN,
        IN_RANGE,
        MIN_NOT_ABOVE_MAX,
        WHOLE_DAY,
        STREAK,
        FREQUENT_VALUE,
        DUPLICATE_MONTH,
        SAME_EXTREMES,
        NAUGHT,
        GAP,
        OUTLIER,
        SPIKE,
        LAGGED_RANGE,
        NEIGHBOURS,
        UNIT_SLIP,
    )
}

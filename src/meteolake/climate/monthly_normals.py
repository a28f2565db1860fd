"""Normals by month: WMO-No. 1203, Guidelines on the Calculation of Climate Normals (2017)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import Floats, Integers, days_in_months
from meteolake.climate.monthly import Months
from meteolake.climate.normals import row_quantiles
from meteolake.variables import RollUp

_MOST_MISSING = 10
_LEAST_SHARE_OF_YEARS = 0.8


@dataclass(frozen=True)
class MonthlyNormals:
    """Normals `(series, 12)`: mean, standard deviation and quantiles of the values of single months; NaN for none.

    `years` counts the months behind each; `is_sufficient` tells whether they are four fifths of the base period.
    """

    mean: Floats
    spread: Floats
    quantile_10: Floats
    quantile_50: Floats
    quantile_90: Floats
    wet_days: Floats
    years: Integers
    is_sufficient: npt.NDArray[np.bool_]


def monthly_normals(
    found: Integers, rolled: Months, roll_up: RollUp, chosen: npt.NDArray[np.bool_], *, has_wet_days: bool
) -> MonthlyNormals:
    """Normals of the months of a base period.

    A sum counts when no day is missing, a mean or an extreme when ten are at the most, and never five in a row.

    Args:
        found: the years `(years,)`.
        rolled: months of the same years.
        roll_up: how days became a month's value.
        chosen: which years are each series' base period `(series, years)`.
        has_wet_days: whether wet days mean something for the variable.
    """
    least = days_in_months(found) - (0 if roll_up == "sum" else _MOST_MISSING)
    is_used = chosen[:, :, None] & (rolled.days >= least) & ~rolled.has_long_gap
    values = np.where(is_used, rolled.value, np.nan)
    years = is_used.sum(axis=1)
    count = np.where(years > 0, years, np.nan)  # a month without any year has no normal
    mean = np.nansum(values, axis=1) / count
    squares = np.nansum((values - mean[:, None]) ** 2, axis=1)
    spread = np.sqrt(squares / np.where(years > 1, years - 1, np.nan))
    by_month = values.transpose(0, 2, 1)
    tenth, median, ninetieth = row_quantiles(by_month.reshape(-1, len(found)), (0.1, 0.5, 0.9)).reshape(3, -1, 12)
    wet_days = np.where(is_used, rolled.wet_days, 0).sum(axis=1) / count
    return MonthlyNormals(
        mean,
        spread,
        tenth,
        median,
        ninetieth,
        wet_days if has_wet_days else np.full(mean.shape, np.nan),
        years,
        years >= _LEAST_SHARE_OF_YEARS * chosen.sum(axis=1)[:, None],
    )

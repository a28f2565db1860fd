"""The daily history of a group of sites, as arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]

SEASONS = {"djf": (12, 1, 2), "mam": (3, 4, 5), "jja": (6, 7, 8), "son": (9, 10, 11)}
"""The months of each season."""

DAYS = 366
_MONTH_STARTS = np.cumsum([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30])


@dataclass(frozen=True)
class History:
    """Daily values by variable, each `(sites, days)` with NaN for missing, on consecutive `dates` `(days,)`."""

    dates: Dates
    values: Mapping[str, Floats]

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return len(next(iter(self.values.values())))

    def until(self, days: int) -> "History":
        """The first days of the history."""
        return self.between(0, days)

    def between(self, first: int, after: int) -> "History":
        """The days from `first` on and before `after`."""
        days = slice(first, after)
        return History(self.dates[days], {name: values[:, days] for name, values in self.values.items()})


def day_index(dates: Dates) -> Integers:
    """The day of the year of each date, 0 to 365 as in a leap year, so that 1 March is 60 in every year."""
    months = dates.astype("datetime64[M]")
    day_of_month = (dates.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(_MONTH_STARTS[months.astype(np.int64) % 12] + day_of_month, dtype=np.int64)


def is_in(season: str, dates: Dates) -> npt.NDArray[np.bool_]:
    """Whether each date is in a season."""
    return np.isin(dates.astype("datetime64[M]").astype(np.int64) % 12 + 1, SEASONS[season])


def values_ahead(values: Floats | Floats32, days: Integers, lead: int) -> Floats:
    """The values `lead` days after some days, `(sites, days)`; NaN beyond the end of `values` `(sites, all days)`."""
    valid = days + lead
    is_there = valid < values.shape[1]
    return np.where(is_there, values[:, np.where(is_there, valid, 0)], np.nan)


def means_around(values: Floats32, leads: Sequence[int]) -> Iterator[Floats32]:
    """Means around each day by lead, `(all days, sites)`, of more days for a longer lead; NaN if little is known.

    What is to come on a day hardly differs from what is to come a day earlier or later, but what cannot be known of
    them differs: a mean teaches the same with less noise. Its weights fall to nothing `lead - 1` days away.
    """
    known = np.isfinite(values)
    each = np.stack([np.where(known, values, np.float32(0.0)), known], dtype=np.float32)
    box, triangle, width = each.copy(), each.copy(), 1
    for lead in leads:
        while width < lead - 1:
            box[:, width:] += each[:, :-width]
            box[:, :-width] += each[:, width:]
            triangle += box  # a triangle is a sum of boxes
            width += 1
        total, weight = triangle
        yield np.where(weight >= width**2 / 2, total / np.maximum(weight, np.float32(1.0)), np.float32(np.nan))

"""Days of the year and months of NumPy dates."""

import numpy as np
import numpy.typing as npt

Dates = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DAYS = 366
_LEAP_YEAR = np.datetime64("2000-01-01")
_MONTH_STARTS = (np.arange("2000-01", "2001-01", dtype="datetime64[M]").astype("datetime64[D]") - _LEAP_YEAR).astype(
    int
)


def years(dates: Dates) -> Integers:
    """The calendar year of each date."""
    return dates.astype("datetime64[Y]").astype(np.int64) + 1970


def day_of_year(dates: Dates) -> Integers:
    """1 to 366 as in a leap year, so that 1 March is day 61 in every year."""
    months = dates.astype("datetime64[M]")
    day_of_month = (dates.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(_MONTH_STARTS[months.astype(np.int64) % 12] + day_of_month + 1, dtype=np.int64)

"""Checks of whole months of daily series: months that came twice, with one extreme for two, or in another unit.

Arrays are `(sites, days)` on consecutive days, NaN for missing; masks tell which values are doubtful.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import Dates, Floats, years
from meteolake.climate.normals import row_quantiles

Mask = npt.NDArray[np.bool_]

_COMPARED_DAYS = 28
_SAME_DAYS = 10
_ROUNDING = 1e-6


def duplicate_months(dates: Dates, values: Floats) -> Mask:
    """Months whose first 28 days are those of another month of the year, or of this month in another year."""
    month = dates.astype("datetime64[M]")
    starts = np.flatnonzero((dates == month.astype("datetime64[D]")) & (np.arange(len(dates)) + 28 <= len(dates)))
    found = np.zeros(values.shape, bool)
    if len(starts) < 2:
        return found
    number, year = month[starts].astype(np.int64) % 12, years(dates[starts])
    for site, series in enumerate(values):
        rows = series[starts[:, None] + np.arange(_COMPARED_DAYS)]
        # Without a missing day, and with so many different values that chance does not repeat them.
        usable = np.flatnonzero(np.isfinite(rows).all(axis=1) & ((np.diff(rows, axis=1) != 0).sum(axis=1) > 5))
        group = np.unique(rows[usable], axis=0, return_inverse=True)[1].ravel()
        for same in np.flatnonzero(np.bincount(group, minlength=1) > 1):
            members = usable[group == same]
            for member in members:
                others = members[members != member]
                if ((number[others] == number[member]) | (year[others] == year[member])).any():
                    found[site, month == month[starts[member]]] = True
    return found


def same_extremes(dates: Dates, maximum: Floats, minimum: Floats) -> Mask:
    """The days with one value as maximum and minimum, of months with ten or more such days."""
    first, place = np.unique(dates.astype("datetime64[M]"), return_inverse=True)
    is_same = maximum == minimum
    found = np.zeros(is_same.shape, bool)
    for site, days in enumerate(is_same):
        count = np.bincount(place, weights=days, minlength=len(first))
        found[site] = days & (count >= _SAME_DAYS)[place]
    return found


def unit_slips(dates: Dates, values: Floats, *, is_rain: bool) -> Iterator[tuple[str, Mask]]:
    """Months that fit the other years' only when read in another unit, by the unit.

    A temperature in °F instead of °C: the month's median is five spreads off, and within two after the conversion.
    Rain in inches or in tenths instead of mm: the mean of the wet days is off by about that factor, and the amounts are
    hundredths or whole numbers, which the rain of an unusual month measured in tenths of a millimetre is not.
    """
    month = dates.astype("datetime64[M]").astype(np.int64)
    first, place = np.unique(month, return_inverse=True)
    medians = np.full((len(values), len(first)), np.nan)
    counted = np.where(values > 0, values, np.nan) if is_rain else values
    for number in range(len(first)):
        part = counted[:, place == number]
        is_enough = np.isfinite(part).sum(axis=1) >= (5 if is_rain else 10)
        middle = _mean(part) if is_rain else row_quantiles(part, (0.5,))[0]
        medians[:, number] = np.where(is_enough, middle, np.nan)
    usual, spread = np.full(medians.shape, np.nan), np.full(medians.shape, np.nan)
    for number in range(12):
        same = np.flatnonzero(first % 12 == number)
        if not len(same):
            continue
        middle, quarter = row_quantiles(medians[:, same], (0.5, 0.25))
        usual[:, same] = middle[:, None]
        spread[:, same] = np.maximum((middle - quarter) / 0.6745, 1.0)[:, None]
    for unit, is_slip in _slips(medians, usual, spread, is_rain=is_rain):
        likely = is_slip & _has_steps_of(unit, counted, place, len(first)) if is_rain else is_slip
        yield unit, likely[:, place] & np.isfinite(counted)


def _slips(medians: Floats, usual: Floats, spread: Floats, *, is_rain: bool) -> Iterator[tuple[str, Mask]]:
    with np.errstate(invalid="ignore", divide="ignore"):
        if is_rain:
            factor = np.log(medians / usual)
            for unit, step in (("inch", -np.log(25.4)), ("0.1 mm", np.log(10.0))):
                yield unit, np.abs(factor - step) < np.log(1.6)
        else:
            departure = np.abs(medians - usual) / spread
            converted = np.abs((medians - 32) / 1.8 - usual) / spread
            yield "°F", (departure > 5) & (converted < 2)


def _has_steps_of(unit: str, amounts: Floats, place: npt.NDArray[np.int64], months: int) -> Mask:
    """Whether each month's amounts are such as the unit gives: whole tenths, or not all multiples of 0.1 mm."""
    steps = amounts * (1 if unit == "0.1 mm" else 10)
    is_between = np.abs(steps - np.round(steps)) > _ROUNDING
    count = np.zeros((len(amounts), months))
    for site, mask in enumerate(is_between):
        count[site] = np.bincount(place[mask], minlength=months)
    return np.asarray(count == 0 if unit == "0.1 mm" else count > 0)


def _mean(rows: Floats) -> Floats:
    return np.asarray(np.nansum(rows, axis=1) / np.maximum(np.isfinite(rows).sum(axis=1), 1))

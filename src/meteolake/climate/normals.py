"""Normals: what is usual at a site on a day of the year.

After WMO-No. 1203, Guidelines on the Calculation of Climate Normals (2017), with harmonics for the daily values.
"""

from dataclasses import dataclass

import numpy as np

from meteolake.climate.calendar import DAYS, Dates, Floats, Integers, day_of_year, years

BASE_PERIOD = (1991, 2020)
_ENOUGH_YEARS = 10
_WINDOW_DAYS = 31
_MEAN_HARMONICS = 3
_SPREAD_HARMONICS = 2


@dataclass(frozen=True)
class Normals:
    """Normals by day of the year, arrays `(366,)` in the variable's unit; `years` counts those with data."""

    mean: Floats
    spread: Floats
    quantile_10: Floats
    quantile_50: Floats
    quantile_90: Floats
    wet_day_share: Floats
    years: int
    base_from: int
    base_until: int


def normals(dates: Dates, values: Floats, *, wet_day: float | None = None) -> Normals:
    """Normals of a daily series without missing values.

    Mean and squared spread are harmonics of the year fitted by least squares, which smooths them (Narapusetty et al.,
    2009). Quantiles are those of all days within 15 days of the day of the year: of their departures from the mean, so
    that the season's own change does not widen them, or of the amounts themselves where days are wet or dry.

    Args:
        dates: `(days,)`.
        values: `(days,)`, in the variable's unit.
        wet_day: from which value on a day is wet; without it there is no wet-day share.
    """
    first, last = _base_period(years(dates))
    inside = (years(dates) >= first) & (years(dates) <= last)
    base, day = values[inside], day_of_year(dates[inside])
    mean = _harmonics(day, base, _MEAN_HARMONICS)
    variance = _harmonics(day, (base - mean[day - 1]) ** 2, _SPREAD_HARMONICS)
    centre = mean if wet_day is None else np.zeros(DAYS)
    tenth, median, ninetieth = centre + _window_quantiles(day, base - centre[day - 1], (0.1, 0.5, 0.9))
    is_wet = np.full(len(base), np.nan) if wet_day is None else (base >= wet_day).astype(float)
    if wet_day is not None:
        mean = np.maximum(mean, 0.0)
    return Normals(
        mean,
        np.sqrt(np.maximum(variance, 0.05 * np.var(base))),
        tenth,
        median,
        ninetieth,
        np.clip(_harmonics(day, is_wet, _SPREAD_HARMONICS), 0.0, 1.0),
        years=len(np.unique(years(dates[inside]))),
        base_from=first,
        base_until=last,
    )


def _base_period(found: Integers) -> tuple[int, int]:
    """The standard period where enough of its years have data, else all years."""
    first, last = BASE_PERIOD
    inside = np.unique(found[(found >= first) & (found <= last)])
    return BASE_PERIOD if len(inside) >= _ENOUGH_YEARS else (int(found.min()), int(found.max()))


def _harmonics(day: Integers, values: Floats, count: int) -> Floats:
    """A least-squares fit of `count` harmonics of the year, at each day `(366,)`; fewer where data is short."""
    covered = len(np.unique(day))
    basis = _basis(count if covered > 300 else 0)
    coefficients, *_ = np.linalg.lstsq(basis[day - 1], values, rcond=None)
    return np.asarray(basis @ coefficients)


def _basis(count: int) -> Floats:
    """Constant, cosines and sines of the year: `(366, 1 + 2 count)`."""
    angle = 2 * np.pi * np.arange(DAYS)[:, None] / DAYS * np.arange(1, count + 1)
    return np.hstack([np.ones((DAYS, 1)), np.cos(angle), np.sin(angle)])


def _window_quantiles(day: Integers, values: Floats, quantiles: tuple[float, ...]) -> Floats:
    """Quantiles of all values whose day of the year lies within the window around each day: `(quantiles, 366)`."""
    half = _WINDOW_DAYS // 2
    result = np.full((len(quantiles), DAYS), np.nan)
    by_day = [values[day == number] for number in range(1, DAYS + 1)]
    for number in range(DAYS):
        window = np.concatenate([by_day[(number + shift) % DAYS] for shift in range(-half, half + 1)])
        if len(window):
            result[:, number] = np.quantile(window, quantiles)
    return result

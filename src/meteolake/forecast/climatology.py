"""The year's cycle of mean and spread at each site: harmonics, fitted to all sites at once.

A site with little history borrows the shape of the cycle from the group: its coefficients are drawn towards the group's
as if the group had spoken for some days more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meteolake.forecast.history import DAYS, Dates, Floats, Floats32, Integers, day_index

_MEAN_HARMONICS = 3
_SPREAD_HARMONICS = 2
_BORROWED_DAYS = 40.0
_LEAST_SPREAD = 1e-3
_LEAST_DAYS_TO_SPARE = 730
_LEAST_DAYS_ELSEWHERE = 365


@dataclass(frozen=True)
class Climatology:
    """Mean and spread by day of the year, `(sites, 366)` in the variable's unit."""

    mean: Floats
    spread: Floats

    def of_sites(self, sites: Integers) -> "Climatology":
        """The climatology of some sites."""
        return Climatology(self.mean[sites], self.spread[sites])

    def standardised(self, values: Floats | Floats32, dates: Dates) -> Floats32:
        """Anomalies over spread, `(days, sites)`: a day's values lie together, as all that follows reads them."""
        day = day_index(dates)
        mean, spread = (part.T.astype(np.float32)[day] for part in (self.mean, self.spread))
        anomalies = values.T - mean
        anomalies /= spread
        return np.ascontiguousarray(anomalies, dtype=np.float32)


@dataclass(frozen=True)
class DaySums:
    """Number of values, their sum and that of their squares by day of the year, each `(sites, 366)`."""

    count: Floats
    total: Floats
    squares: Floats

    def __add__(self, other: "DaySums") -> "DaySums":
        return DaySums(self.count + other.count, self.total + other.total, self.squares + other.squares)

    def __sub__(self, other: "DaySums") -> "DaySums":
        return DaySums(self.count - other.count, self.total - other.total, self.squares - other.squares)

    def of_sites(self, sites: Integers) -> "DaySums":
        """The sums of some sites."""
        return DaySums(self.count[sites], self.total[sites], self.squares[sites])


def day_sums(values: Floats | Floats32, dates: Dates) -> DaySums:
    """The sums of values `(sites, days)` with NaN for missing, on consecutive `dates` `(days,)`."""
    by_day = values.T
    day, years = day_index(dates), dates.astype("datetime64[Y]")
    sums = np.zeros((3, DAYS, len(values)))
    starts = np.flatnonzero(np.diff(years).astype(int)) + 1
    for days in np.split(np.arange(len(dates)), starts) if len(dates) else ():
        of_year = by_day[days[0] : days[-1] + 1].astype(float)
        known = np.isfinite(of_year)
        of_year[~known] = 0.0
        for row, part in zip(sums, (known, of_year, of_year**2), strict=True):
            row[day[days]] += part  # no day comes twice in a year
    return DaySums(*(np.ascontiguousarray(part.T) for part in sums))


def together(parts: Sequence[DaySums]) -> DaySums:
    """The sums of all parts."""
    return sum(parts[1:], start=parts[0])


def climatology(sums: DaySums) -> Climatology:
    """The climatology of a variable; a site without any value gets that of the group."""
    mean = cycle(sums.count, sums.total, _MEAN_HARMONICS)
    squares = np.maximum(sums.squares - 2 * mean * sums.total + mean**2 * sums.count, 0.0)
    variance = cycle(sums.count, squares, _SPREAD_HARMONICS)
    usual = np.maximum(variance.mean(axis=1, keepdims=True), _LEAST_SPREAD**2)
    return Climatology(mean, np.sqrt(np.maximum(variance, 0.1 * usual)))


def without_each(
    standardised: Floats32, dates: Dates, folds: Sequence[slice], sums: Sequence[DaySums], usual: Climatology
) -> Floats32:
    """Standardised anomalies of each fold's days from the mean of the other days, `(days, sites)`.

    So a day is judged by a climatology that has not seen it, as a day to come will be. A site that knows little outside
    a fold is judged there by all its days, as is a group that is too short to spare a fold.

    Args:
        standardised: anomalies from the climatology of all days, `(days, sites)`.
        dates: `(days,)`.
        folds: parts of the days that are all days together.
        sums: of the values of each fold.
        usual: the climatology of all days, whose spread is taken.
    """
    if len(dates) < _LEAST_DAYS_TO_SPARE:
        return standardised
    day, result = day_index(dates), standardised.copy()
    whole = together(sums)
    for fold, of_fold in zip(folds, sums, strict=True):
        others = whole - of_fold
        shift = (usual.mean - cycle(others.count, others.total, _MEAN_HARMONICS)) / usual.spread
        shift[others.count.sum(axis=1) < _LEAST_DAYS_ELSEWHERE] = 0.0
        result[fold] += shift.T.astype(np.float32)[day[fold]]
    return result


def cycle(count: Floats, total: Floats, harmonics: int, *, borrowed_level: float = 1.0) -> Floats:
    """Harmonics of the year fitted by least squares to each site, `(sites, 366)`.

    Args:
        count: how many values are known by day of the year, `(sites, 366)`.
        total: their sum.
        harmonics: how many; a group with less than most of a year gets a constant.
        borrowed_level: on how many days more a site seems to have had the group's level.
    """
    is_covered = np.count_nonzero(count.sum(axis=0)) > 300
    basis = _basis(harmonics if is_covered else 0)
    group = _group_coefficients(count, total, basis)
    borrowed = np.full(basis.shape[1], _BORROWED_DAYS)
    borrowed[0] = borrowed_level
    products = (basis[:, :, None] * basis[:, None]).reshape(DAYS, -1)
    gram = (count @ products).reshape(-1, *borrowed.shape * 2) + np.diag(borrowed)
    right = total @ basis + borrowed * group
    return np.asarray(np.linalg.solve(gram, right[:, :, None])[:, :, 0] @ basis.T)


def _group_coefficients(count: Floats, total: Floats, basis: Floats) -> Floats:
    """Coefficients of all sites together, around their common level."""
    gram = basis.T @ (count.sum(axis=0)[:, None] * basis)
    return np.asarray(np.linalg.lstsq(gram, basis.T @ total.sum(axis=0), rcond=None)[0])


def _basis(harmonics: int) -> Floats:
    """Constant, cosines and sines of the year: `(366, 1 + 2 harmonics)`."""
    angle = 2 * np.pi * np.arange(DAYS)[:, None] / DAYS * np.arange(1, harmonics + 1)
    return np.hstack([np.ones((DAYS, 1)), np.cos(angle), np.sin(angle)])

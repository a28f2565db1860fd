"""The year's cycle of mean and spread at each site: harmonics, fitted to all sites at once.

A site with little history borrows the shape of the cycle from the group: its coefficients are drawn towards the group's
as if the group had spoken for some days more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meteolake.forecast.history import DAYS, Dates, Floats, Integers, day_index

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

    def standardised(self, values: Floats, dates: Dates) -> Floats:
        """Anomalies over spread, `(sites, days)`."""
        day = day_index(dates)
        return np.asarray((values - self.mean[:, day]) / self.spread[:, day])


def climatology(values: Floats, dates: Dates) -> Climatology:
    """The climatology of a variable; a site without any value gets that of the group.

    Args:
        values: `(sites, days)` with NaN for missing.
        dates: `(days,)`.
    """
    day = day_index(dates)
    mean = cycle(values, day, _MEAN_HARMONICS)
    squares = (values - mean[:, day]) ** 2
    variance = cycle(squares, day, _SPREAD_HARMONICS)
    usual = np.maximum(variance.mean(axis=1, keepdims=True), _LEAST_SPREAD**2)
    return Climatology(mean, np.sqrt(np.maximum(variance, 0.1 * usual)))


def without_each(values: Floats, dates: Dates, folds: Sequence[slice], usual: Climatology) -> Floats:
    """Standardised anomalies of each fold's days from the mean of the other days, `(sites, days)`.

    So a day is judged by a climatology that has not seen it, as a day to come will be. A site that knows little outside
    a fold is judged there by all its days, as is a group that is too short to spare a fold.

    Args:
        values: `(sites, days)` with NaN for missing.
        dates: `(days,)`.
        folds: parts of the days.
        usual: the climatology of all days, whose spread is taken.
    """
    if len(dates) < _LEAST_DAYS_TO_SPARE:
        return usual.standardised(values, dates)
    day = day_index(dates)
    result = usual.standardised(values, dates)
    for fold in folds:
        others = values.copy()
        others[:, fold] = np.nan
        mean = cycle(others, day, _MEAN_HARMONICS)[:, day[fold]]
        found = (values[:, fold] - mean) / usual.spread[:, day[fold]]
        knows_enough = np.isfinite(others).sum(axis=1) >= _LEAST_DAYS_ELSEWHERE
        result[knows_enough, fold] = found[knows_enough]
    return result


def cycle(values: Floats, day: Integers, harmonics: int, *, borrowed_level: float = 1.0) -> Floats:
    """Harmonics of the year fitted by least squares to each site, `(sites, 366)`.

    Args:
        values: `(sites, days)` with NaN for missing.
        day: day of the year of each column, 0 to 365.
        harmonics: how many; a group with less than most of a year gets a constant.
        borrowed_level: on how many days more a site seems to have had the group's level.
    """
    count, total = _by_day(np.isfinite(values).astype(float), day), _by_day(np.nan_to_num(values), day)
    is_covered = np.count_nonzero(count.sum(axis=0)) > 300
    basis = _basis(harmonics if is_covered else 0)
    group = _group_coefficients(count, total, basis)
    borrowed = np.full(basis.shape[1], _BORROWED_DAYS)
    borrowed[0] = borrowed_level
    gram = np.einsum("dk,sd,dl->skl", basis, count, basis) + np.diag(borrowed)
    right = total @ basis + borrowed * group
    return np.asarray(np.linalg.solve(gram, right[:, :, None])[:, :, 0] @ basis.T)


def _group_coefficients(count: Floats, total: Floats, basis: Floats) -> Floats:
    """Coefficients of all sites together, around their common level."""
    gram = basis.T @ (count.sum(axis=0)[:, None] * basis)
    return np.asarray(np.linalg.lstsq(gram, basis.T @ total.sum(axis=0), rcond=None)[0])


def _by_day(values: Floats, day: Integers) -> Floats:
    """Sums by day of the year, `(sites, 366)`."""
    order = np.argsort(day, kind="stable")
    days, starts = np.unique(day[order], return_index=True)
    sums = np.zeros((len(values), DAYS))
    sums[:, days] = np.add.reduceat(values[:, order], starts, axis=1)
    return sums


def _basis(harmonics: int) -> Floats:
    """Constant, cosines and sines of the year: `(366, 1 + 2 harmonics)`."""
    angle = 2 * np.pi * np.arange(DAYS)[:, None] / DAYS * np.arange(1, harmonics + 1)
    return np.hstack([np.ones((DAYS, 1)), np.cos(angle), np.sin(angle)])

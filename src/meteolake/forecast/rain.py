"""Rain: how probable a wet day is, and the amounts of dry and of wet days by season."""

from dataclasses import dataclass

import numpy as np

from meteolake.forecast.history import DAYS, Dates, Floats, Integers, day_index
from meteolake.forecast.quantiles import borrowed_quantiles

WET_DAY = 1.0
"""A day is wet from this amount on, in mm."""

_GRID = np.linspace(0.0, 1.0, 41)
_WINDOW_DAYS = 45
_MOST_DAYS = 1500
_BORROWED_DAYS = 20.0
_SEASONS = np.arange(0, DAYS, 15)

_LEAST_CHANCE = 0.005
_PRIOR = np.array([0.0, 1.0, 1.0, 0.0, 0.0])
_PRIOR_WEIGHT = np.array([1000.0, 1000.0, 10.0, 10.0, 10.0])
"""In cases; the usual chance is hardly bent, or leads of little skill would forecast the weather of the training."""

_NEWTON_STEPS = 6
_MOST_CASES = 30_000


@dataclass(frozen=True)
class Chance:
    """Logistic regression of a wet day on the usual chance and what is expected: `coefficients` `(5,)`."""

    coefficients: Floats

    def of(self, usual: Floats, expected: Floats) -> Floats:
        """The chance of a wet day.

        Args:
            usual: the climatology's chance.
            expected: standardised anomaly, of the same shape.
        """
        return _bounded(_logistic(_terms(usual, expected) @ self.coefficients))


USUAL_CHANCE = Chance(_PRIOR)


def chance(usual: Floats, expected: Floats, wet: Floats) -> Chance:
    """Fit the chance to what came; all arguments of one shape, `wet` 1, 0 or NaN where it is not known."""
    known = np.flatnonzero(np.isfinite(wet))
    known = known[:: 1 + len(known) // _MOST_CASES]
    terms, happened = _terms(usual.ravel()[known], expected.ravel()[known]), wet.ravel()[known]
    found = _PRIOR.copy()
    for _ in range(_NEWTON_STEPS):
        now = _logistic(terms @ found)
        slope = terms.T @ (happened - now) - _PRIOR_WEIGHT * (found - _PRIOR)
        bend = (terms * (now * (1 - now))[:, None]).T @ terms + np.diag(_PRIOR_WEIGHT)
        found = found + np.linalg.solve(bend, slope)
    return Chance(found)


def _terms(usual: Floats, expected: Floats) -> Floats:
    usual = _bounded(usual)
    odds = np.log(usual / (1 - usual))
    return np.stack([np.ones_like(odds), odds, expected, expected**2, expected * odds], axis=-1)


def _logistic(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -9, 9))))


def _bounded(probability: Floats) -> Floats:
    """A chance is never certain."""
    return np.clip(probability, _LEAST_CHANCE, 1 - _LEAST_CHANCE)


@dataclass(frozen=True)
class Amounts:
    """Quantiles of the amounts of dry and of wet days around each half month, `(sites, seasons, grid)` in mm."""

    dry: Floats
    wet: Floats

    def quantiles(self, probability: Floats, day: Integers, levels: Floats) -> Floats:
        """Quantiles of precipitation, given how probable a wet day is.

        Args:
            probability: `(sites, ...)` of a wet day.
            day: day of the year, `(...)`.
            levels: `(levels,)`.

        Returns:
            `(sites, ..., levels)` in mm, never negative, ascending.
        """
        season = np.minimum(day // 15, len(_SEASONS) - 1)
        wet = probability[..., None]
        is_wet = levels > 1 - wet
        share = np.where(is_wet, (levels - (1 - wet)) / np.maximum(wet, 1e-9), levels / np.maximum(1 - wet, 1e-9))
        dry, rainy = self.dry[:, season], self.wet[:, season]
        return np.where(is_wet, _interpolated(rainy, share), _interpolated(dry, share))


def amounts(values: Floats, dates: Dates) -> Amounts:
    """The amounts of dry and wet days of each site; where a season has few, those of the group help.

    Args:
        values: precipitation `(sites, days)` in mm, with NaN for missing.
        dates: `(days,)`.
    """
    day, values = day_index(dates), values.astype(np.float32)
    dry, wet = [], []
    for centre in _SEASONS:
        distance = np.abs((day - centre + DAYS // 2) % DAYS - DAYS // 2)
        days = np.flatnonzero(distance <= _WINDOW_DAYS)
        near = values[:, days[:: 1 + len(days) // _MOST_DAYS]]
        dry.append(borrowed_quantiles(np.where(near < WET_DAY, near, np.float32(np.nan)), _GRID, _BORROWED_DAYS))
        rainy = np.where(near >= WET_DAY, near, np.float32(np.nan))
        wet.append(borrowed_quantiles(rainy, _GRID, _BORROWED_DAYS, otherwise=WET_DAY))
    return Amounts(np.stack(dry, axis=1), np.stack(wet, axis=1))


def _interpolated(table: Floats, share: Floats) -> Floats:
    """Values of a quantile table `(..., grid)` at shares `(..., levels)`."""
    position = np.clip(share, 0.0, 1.0) * (len(_GRID) - 1)
    lower = np.minimum(position.astype(int), len(_GRID) - 2)
    below, above = (np.take_along_axis(table, lower + step, axis=-1) for step in (0, 1))
    return np.asarray(below + (position - lower) * (above - below))

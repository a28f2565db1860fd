"""Scores of probabilistic forecasts. Every score is negatively oriented: smaller is better; a skill of 1 is perfect."""

import numpy as np

from meteolake.forecast.history import Floats


def crps_from_quantiles(quantiles: Floats, levels: Floats, observed: Floats) -> Floats:
    """The continuous ranked probability score of a forecast given as quantiles, in the observations' unit.

    CRPS = 2 times the integral over all levels of the quantile loss (Laio and Tamea, 2007), here with the quantile
    function taken as constant around each level.

    Args:
        quantiles: `(..., levels)`.
        levels: `(levels,)`, ascending in (0, 1).
        observed: `(...)`.
    """
    loss = pinball(quantiles, levels, observed[..., None])
    edges = np.r_[0.0, (levels[1:] + levels[:-1]) / 2, 1.0]
    return np.asarray(2 * (loss * np.diff(edges)).sum(axis=-1))


def pinball(quantiles: Floats, levels: Floats, observed: Floats) -> Floats:
    """The quantile loss (Koenker and Bassett, 1978), broadcast over its arguments."""
    error = observed - quantiles
    return np.asarray(np.maximum(levels * error, (levels - 1) * error))


def brier(probability: Floats, happened: Floats) -> Floats:
    """The squared error of a probability (Brier, 1950); `happened` is 0 or 1."""
    return np.asarray((probability - happened) ** 2)


def coverage(lower: Floats, upper: Floats, observed: Floats) -> Floats:
    """1 where the observation lies in the interval, else 0; NaN where there is none."""
    inside = ((observed >= lower) & (observed <= upper)).astype(float)
    return np.where(np.isnan(observed), np.nan, inside)


def skill(score: Floats | float, reference: Floats | float) -> Floats:
    """1 - score / reference: the share of the reference's score that the forecast saves; NaN where that is 0."""
    score, reference = np.asarray(score, float), np.asarray(reference, float)
    return 1 - np.divide(score, reference, out=np.full_like(score, np.nan), where=reference > 0)

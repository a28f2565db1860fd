"""Scores of probabilistic forecasts. Every score is negatively oriented: smaller is better; a skill of 1 is perfect."""

import math
from dataclasses import dataclass

import numpy as np

from meteolake.forecast.history import Floats

_ERF = np.vectorize(math.erf, otypes=[float])


def crps_normal(observed: Floats, mean: Floats, spread: Floats) -> Floats:
    """The continuous ranked probability score of normal distributions in closed form (Gneiting et al., 2005)."""
    z = (observed - mean) / spread
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(spread * (z * _ERF(z / np.sqrt(2)) + 2 * density - 1 / np.sqrt(np.pi)))


def crps_ensemble(members: Floats, observed: Floats) -> Floats:
    """The CRPS of an ensemble `(..., members)` taken as the distribution: E|X - y| - E|X - X'| / 2."""
    count = members.shape[-1]
    miss = np.abs(members - observed[..., None]).mean(axis=-1)
    # Of members in order, the one of rank i is the greater in i pairs and the lesser in count - 1 - i.
    rank = 2 * np.arange(count) - count + 1
    return np.asarray(miss - (np.sort(members, axis=-1) * rank).sum(axis=-1) / count**2)


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


@dataclass(frozen=True)
class Reliability:
    """How often it rained where some chance was said: `said`, `happened` and `cases`, each `(bins,)`."""

    said: Floats
    happened: Floats
    cases: Floats


def reliability(probability: Floats, happened: Floats, bins: int = 10) -> Reliability:
    """The reliability diagram of probabilities in equal bins; where nothing was said it holds NaN."""
    known = np.isfinite(happened)
    said, came = probability[known], happened[known]
    which = np.minimum((said * bins).astype(int), bins - 1)
    cases, sums, hits = (np.bincount(which, weights, bins) for weights in (None, said, came))
    with np.errstate(invalid="ignore"):
        return Reliability(sums / cases, hits / cases, cases.astype(float))


def brier_parts(probability: Floats, happened: Floats, bins: int = 10) -> tuple[float, float, float]:
    """Reliability, resolution and uncertainty of the Brier score (Murphy, 1973): it is the first - second + third.

    That is exact where all probabilities of a bin are the same.
    """
    found = reliability(probability, happened, bins)
    share = found.cases / max(found.cases.sum(), 1)
    frequency = float(np.nanmean(happened)) if np.isfinite(happened).any() else math.nan
    miss = np.nansum(share * (found.said - found.happened) ** 2)
    apart = np.nansum(share * (found.happened - frequency) ** 2)
    return float(miss), float(apart), frequency * (1 - frequency)


def pit(quantiles: Floats, levels: Floats, observed: Floats) -> Floats:
    """The probability integral transform, where in its forecast distribution the observation lies, 0 to 1.

    Between quantiles it is interpolated; beyond the outer ones it is half of what is left. A calibrated forecast's are
    uniform.
    """
    below = (quantiles < observed[..., None]).sum(axis=-1)
    ends = np.r_[levels[0] / 2, levels, (1 + levels[-1]) / 2]
    inside = (below > 0) & (below < len(levels))
    lower = np.clip(below - 1, 0, len(levels) - 2)
    low, high = (np.take_along_axis(quantiles, (lower + step)[..., None], -1)[..., 0] for step in (0, 1))
    share = np.divide(observed - low, high - low, out=np.full_like(observed, 0.5), where=high > low)
    between = levels[lower] + share * (levels[lower + 1] - levels[lower])
    outside = np.where(below == 0, ends[0], ends[-1])
    return np.where(np.isnan(observed), np.nan, np.where(inside, between, outside))

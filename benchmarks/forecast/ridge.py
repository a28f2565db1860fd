"""A simple ridge, as one would write it: all stations' standardised anomalies of all variables, a fit for each lead.

The penalty of a lead is the one that does best on fifths of the training days that it has not seen; their errors give
the spread of a normal distribution. The chance of rain is the same regression of whether it rains.
"""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from benchmarks.forecast.data import LEADS, LEVELS, Task
from meteolake.forecast.climatology import climatology, day_sums
from meteolake.forecast.history import Floats, Integers, day_index
from meteolake.forecast.predictors import MAXIMUM, WET, anomalies, features

_PENALTIES = (0.1, 0.3, 1.0, 3.0, 10.0)
_FOLDS = 5
_LEAST_CHANCE = 0.005


def ridge(task: Task) -> tuple[Floats, Floats]:
    """Quantiles of the maximum and the chance of rain at the stations that are scored."""
    dates, found = task.history.dates, features(task.history)
    usual = {name: climatology(day_sums(part[:, : task.split], dates[: task.split])) for name, part in found.items()}
    seen = anomalies(found, dates, usual).reshape(len(dates), -1).astype(float)
    days = day_index(dates[0] + (task.origins[:, None] + np.array(LEADS)).astype("timedelta64[D]"))
    normal = np.array([NormalDist().inv_cdf(level) for level in LEVELS])

    def said(name: str) -> tuple[Floats, Floats]:
        """Mean and spread of a feature, each `(stations, origins, leads)`."""
        target = usual[name].standardised(found[name], dates)[:, task.scored].astype(float)
        each = [_said(seen, target, task.split, task.origins, lead) for lead in LEADS]
        expected, error = (
            np.stack([mean for mean, _ in each], axis=-1),
            np.stack([spread for _, spread in each], axis=-1),
        )
        mean, spread = usual[name].mean[task.scored][:, days], usual[name].spread[task.scored][:, days]
        return mean + expected * spread, error[:, None] * spread

    mean, spread = said(MAXIMUM)
    chance, _ = said(WET)
    return mean[..., None] + spread[..., None] * normal, np.clip(chance, _LEAST_CHANCE, 1 - _LEAST_CHANCE)


def _said(seen: Floats, target: Floats, split: int, origins: Integers, lead: int) -> tuple[Floats, Floats]:
    """What is expected after some origins, `(stations, origins)`, and the spread of errors, `(stations,)`."""
    before, after = seen[: split - lead], target[lead:split]
    folds = np.array_split(np.arange(len(before)), _FOLDS)
    others = [np.setdiff1d(np.arange(len(before)), fold) for fold in folds]
    fits = [_fitted(before[other], after[other]) for other in others]
    errors = [
        np.concatenate([after[fold] - before[fold] @ fit(penalty) for fold, fit in zip(folds, fits, strict=True)])
        for penalty in _PENALTIES
    ]
    best = int(np.argmin([np.nanmean(error**2) for error in errors]))
    coefficients = _fitted(before, after)(_PENALTIES[best])
    return (seen[origins] @ coefficients).T, np.sqrt(np.nanmean(errors[best] ** 2, axis=0))


def _fitted(before: Floats, after: Floats) -> Callable[[float], Floats]:
    """The coefficients by penalty, `(predictors, stations)`; a missing value counts as usual."""
    values, vectors = np.linalg.eigh(before.T @ before / len(before))
    rotated = vectors.T @ (before.T @ np.nan_to_num(after, nan=0.0)) / len(before)
    return lambda penalty: np.asarray(vectors @ (rotated / (np.maximum(values, 0.0)[:, None] + penalty)))

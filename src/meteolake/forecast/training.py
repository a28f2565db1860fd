"""How much of what the predictors say is to be believed, chosen on days that the coefficients have not seen.

The history is cut into parts; each is forecast by coefficients from the others. The penalty of each lead is the one that
does best there, and the forecast is given the weight that does best there, less what chance alone might have brought.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meteolake.forecast import regression
from meteolake.forecast.history import Floats, Floats32, Integers
from meteolake.forecast.regression import Coefficients, Products, TargetProducts

FOLDS = 5
_PENALTIES = np.geomspace(0.01, 10, 7)
_MOST_CHOOSING_SITES = 24
_MOST_CHECKED_DAYS = 4000
_BLOCKS = 20
_LEAST_WEIGHT = 0.05
_DOUBT = 2.0


def folds(days: int) -> list[slice]:
    """Consecutive parts of a history."""
    edges = np.linspace(0, days, FOLDS + 1).astype(int).tolist()
    return [slice(first, after) for first, after in zip(edges[:-1], edges[1:], strict=True)]


@dataclass(frozen=True)
class Trained:
    """Coefficients of a target with the weight of each lead in them, and what they said of days they had not seen.

    `weights` `(leads,)`, 0 where the climatology does as well; `days` are those that `expected` `(days, sites, leads)`
    was said on, with `observed` what came, NaN where it is not known.
    """

    coefficients: Coefficients
    weights: Floats
    days: Integers
    expected: Floats32
    observed: Floats32


class Trainer:
    """The predictors of a group, `shared` `(days, predictors)` and `own` `(sites, days, own)`, ready for any target."""

    def __init__(self, shared: Floats32, own: Floats32) -> None:
        self._shared, self._own = shared, own
        self._folds = folds(len(shared))
        parts = [regression.products(shared[fold], own[:, fold]) for fold in self._folds]
        self._parts = parts
        self._whole = regression.total(parts)
        self._others = [regression.total([*parts[:at], *parts[at + 1 :]]) for at in range(len(parts))]

    def trained(self, target: Floats, unseen: Floats, leads: Sequence[int]) -> Trained:
        """Train on a target.

        Args:
            target: standardised anomalies `(days, sites)` with NaN for missing.
            unseen: the same from climatologies that have not seen the day.
            leads: days ahead.
        """
        shifted = _ahead(target, leads)
        parts = [
            regression.target_products(self._shared[fold], self._own[:, fold], shifted[fold]) for fold in self._folds
        ]
        others = [_sum([*parts[:at], *parts[at + 1 :]]) for at in range(len(parts))]
        penalties = self._best_penalties(parts, others)
        step = -(-len(target) // _MOST_CHECKED_DAYS)
        days = np.arange(0, len(target), step)
        expected = np.concatenate(
            [
                regression.solved(sums, other, penalties).expected(self._shared[fold][skip], self._own[:, fold][:, skip])
                for sums, other, fold in zip(self._others, others, self._folds, strict=True)
                for skip in [slice(-fold.start % step, None, step)]
            ]
        )
        observed = _ahead(unseen, leads)[days]
        weights = _weights(observed, expected)
        coefficients = regression.solved(self._whole, _sum(parts), penalties).weighted(weights)
        return Trained(coefficients, weights, days, (expected * weights).astype(np.float32), observed)

    def _best_penalties(self, parts: Sequence[TargetProducts], others: Sequence[TargetProducts]) -> Floats:
        """The penalty of each lead that does best on the part left out, over some of the sites."""
        sites = slice(None, None, -(-len(self._own) // _MOST_CHOOSING_SITES))
        errors = [
            sum(
                self._error(left_out, sums, part.of_sites(sites), other.of_sites(sites), float(penalty), sites)
                for left_out, sums, part, other in zip(self._parts, self._others, parts, others, strict=True)
            )
            for penalty in _PENALTIES
        ]
        return np.asarray(_PENALTIES[np.argmin(errors, axis=0)])

    @staticmethod
    def _error(
        left_out: Products, sums: Products, part: TargetProducts, other: TargetProducts, penalty: float, sites: slice
    ) -> Floats:
        coefficients = regression.solved(sums, other, penalty, sites)
        return regression.squared_error(left_out, part, coefficients, sites)


def _sum(parts: Sequence[TargetProducts]) -> TargetProducts:
    return sum(parts[1:], start=parts[0])


def _ahead(values: Floats, leads: Sequence[int]) -> Floats32:
    """What comes `lead` days later, `(days, sites, leads)`; NaN beyond the end."""
    result = np.full((*values.shape, len(leads)), np.nan, dtype=np.float32)
    for number, lead in enumerate(leads):
        result[: max(len(values) - lead, 0), :, number] = values[lead:]
    return result


def _weights(observed: Floats32, expected: Floats32) -> Floats:
    """The weight of each lead, `(leads,)`: what fits best, at most 1, shrunk by how uncertain its gain is.

    With the gain of blocks of days g and its standard error e, the weight is multiplied by 1 - (e / g)², as the
    estimator of James and Stein does with a mean that may be 0.
    """
    known = np.isfinite(observed)
    seen = np.where(known, observed, 0.0).astype(float)
    said = np.where(known, expected, 0.0).astype(float)
    weights = np.clip((seen * said).sum(axis=(0, 1)) / np.maximum((said**2).sum(axis=(0, 1)), 1e-12), 0.0, 1.0)
    gains = (seen**2 - (seen - weights * said) ** 2).sum(axis=1)
    blocks = np.stack([block.sum(axis=0) for block in np.array_split(gains, _BLOCKS)])
    gain, error = blocks.mean(axis=0), blocks.std(axis=0, ddof=1) / np.sqrt(_BLOCKS)
    belief = np.where(gain > 0, np.maximum(1 - (_DOUBT * error / np.maximum(gain, 1e-12)) ** 2, 0.0), 0.0)
    weights = weights * belief
    return np.where(weights < _LEAST_WEIGHT, 0.0, weights)

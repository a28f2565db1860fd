"""What is learnt of a target, and how much of it is believed: chosen on days that the coefficients have not seen.

The history is cut into parts; each is forecast by coefficients from the others. The penalty of each lead is the one
that does best there, and what the coefficients say beyond what spells let expect has the weight that does best there,
less what chance might have brought.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import add
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from meteolake.forecast import regression, spells
from meteolake.forecast.belief import beliefs, blocks
from meteolake.forecast.history import Floats, Floats32, Integers, means_around
from meteolake.forecast.regression import Coefficients, Sums, TargetProducts
from meteolake.forecast.spells import Shares, Spells
from meteolake.forecast.succession import solved_in_turn, successions

_Kind = TypeVar("_Kind", bound=Sums)

FOLDS = 5
_LAST_REGRESSED_LEAD = 10
"""Later leads are left to spells: only from decades of many sites did a regression tell more of them, and little."""

_PENALTIES = np.geomspace(0.01, 10, 13)
_MOST_CHOOSING_SITES = 16
_MOST_CHECKED = 120_000
"""On how many days times sites a target is checked; a long history of many sites not on each day."""


def folds(days: int) -> list[slice]:
    """Consecutive parts of a history."""
    edges = np.linspace(0, days, FOLDS + 1).astype(int).tolist()
    return [slice(first, after) for first, after in pairwise(edges)]


@dataclass(frozen=True)
class Learnt:
    """How a target is forecast at some leads: from what spells leave, and from what coefficients say beyond it.

    `belief` `(regressed leads, sites, sites)` takes what they say of all sites to what is expected of each; it is 0
    where spells alone do as well. Leads after the `regressed` first are left to them.
    """

    leads: tuple[int, ...]
    shares: Shares
    coefficients: Coefficients
    belief: Floats

    @property
    def regressed(self) -> int:
        """How many leads there are coefficients for."""
        return len(self.belief)

    @property
    def is_model(self) -> tuple[bool, ...]:
        """At which leads more than the climatology is known."""
        is_believed = [bool(belief.any()) for belief in self.belief]
        beyond = [False] * (len(self.leads) - self.regressed)
        return tuple(self.shares != spells.NONE or is_any for is_any in is_believed + beyond)

    def expected(self, shared: Floats32, own: Floats32, values: Floats32, days: Integers) -> Floats32:
        """What is expected after some days, `(leads, days, sites)`.

        Args:
            shared: predictors of those days, `(days, predictors)`.
            own: predictors of each site, `(sites, days, own)`.
            values: standardised anomalies of the target on all days, `(all days, sites)`.
            days: their positions among all, `(days,)`.
        """
        known = spells.seen_in(values, self.shares)
        fading = known.fading(days, self.leads)
        said = self.coefficients.expected(shared, own) - fading[: self.regressed]
        return _with_belief(fading + known.lasting(days, self.leads), said, self.belief)


@dataclass(frozen=True)
class Trained:
    """What was `learnt`, and what it so expected of `days` that it had not seen.

    Beside `expected` `(leads, days, sites)` stands `observed`, what came; NaN where it is not known.
    """

    learnt: Learnt
    days: Integers
    expected: Floats32
    observed: Floats32


class Trainer:
    """The predictors of a group, ready for any target.

    Args:
        shared: `(days, predictors)`.
        own: `(sites, days, own)`.
        is_usable: the days from which to learn, `(days,)`.
    """

    def __init__(self, shared: Floats32, own: Floats32, is_usable: npt.NDArray[np.bool_]) -> None:
        self._folds = [fold.start + np.flatnonzero(is_usable[fold]) for fold in folds(len(shared))]
        self._shared, self._own = [shared[fold] for fold in self._folds], [own[:, fold] for fold in self._folds]
        parts = [regression.products(*part) for part in zip(self._shared, self._own, strict=True)]
        self._parts = parts
        self._whole, self._others = _sum(parts), _sums_of_others(parts)
        steps = [successions(shared, own, fold) for fold in self._folds]
        self._next_days, self._next_days_of_others = _sum(steps), _sums_of_others(steps)

    def trained(self, target: Floats32, unseen: Floats32, leads: Sequence[int], shares: Shares) -> Trained:
        """Train on a target.

        Args:
            target: standardised anomalies `(days, sites)` with NaN for missing.
            unseen: the same from climatologies that have not seen the day.
            leads: days ahead, ascending.
            shares: what spells are thought to leave; given up where the days unseen speak against it.
        """
        step = -(-target.size // _MOST_CHECKED)
        days = np.concatenate([fold[::step] for fold in self._folds])
        observed = _ahead(unseen, days, leads)
        known = _proven(spells.seen_in(unseen, shares), days, observed, leads)
        near = [lead for lead in leads if lead <= _LAST_REGRESSED_LEAD] or leads[:1]
        means = list(means_around(target, near))
        parts = [
            regression.target_products(shared, own, _each_ahead(means, fold, near) - known.lasting(fold, near))
            for shared, own, fold in zip(self._shared, self._own, self._folds, strict=True)
        ]
        others = _sums_of_others(parts)
        penalties = self._best_penalties(parts, others)
        fading = known.fading(days, leads)
        told = fading + known.lasting(days, leads)
        said = self._said_unseen(others, penalties, near, step) - fading[: len(near)]
        belief = beliefs(observed[: len(near)] - told[: len(near)], said, blocks(len(target)))
        coefficients = solved_in_turn(self._whole, self._next_days, _sum(parts), penalties, near)
        learnt = Learnt(tuple(leads), known.shares, coefficients, belief)
        return Trained(learnt, days, _with_belief(told, said, belief), observed)

    def _said_unseen(
        self, others: Sequence[TargetProducts], penalties: Floats, leads: Sequence[int], step: int
    ) -> Floats32:
        """What coefficients from the other parts say of each part's days, `(leads, days, sites)`."""
        found = [
            solved_in_turn(sums, next_days, other, penalties, leads).expected(shared[::step], own[:, ::step])
            for sums, next_days, other, shared, own in zip(
                self._others, self._next_days_of_others, others, self._shared, self._own, strict=True
            )
        ]
        return np.concatenate(found, axis=1)

    def _best_penalties(self, parts: Sequence[TargetProducts], others: Sequence[TargetProducts]) -> Floats:
        """The penalty of each lead that does best on the part left out, over some of the sites."""
        sites = slice(None, None, -(-len(self._own[0]) // _MOST_CHOOSING_SITES))
        errors = np.zeros((len(_PENALTIES), parts[0].known.shape[1]))
        for left_out, sums, part, other in zip(self._parts, self._others, parts, others, strict=True):
            for row, penalty in zip(errors, _PENALTIES, strict=True):
                coefficients = regression.solved(sums, other.of_sites(sites), float(penalty), sites)
                row += regression.squared_error(left_out, part.of_sites(sites), coefficients, sites)
        return np.asarray(_PENALTIES[np.argmin(errors, axis=0)])


def _with_belief(told: Floats32, said: Floats32, belief: Floats) -> Floats32:
    """What spells told, `(leads, days, sites)`, and what is believed of what is said beyond it at the first leads."""
    found = told.copy()
    found[: len(said)] += said @ belief.astype(np.float32)
    return found


def _proven(known: Spells, days: Integers, observed: Floats32, leads: Sequence[int]) -> Spells:
    """Spells that tell more of what was observed after some days than nothing does, over all leads; else none."""
    told = known.fading(days, leads) + known.lasting(days, leads)
    return known if np.nansum(told * (2 * observed - told)) > 0 else known.without_any()


def _sum(parts: Sequence[_Kind]) -> _Kind:
    return reduce(add, parts)


def _sums_of_others(parts: Sequence[_Kind]) -> list[_Kind]:
    """For each part the sum of the others."""
    return [_sum([*parts[:at], *parts[at + 1 :]]) for at in range(len(parts))]


def _each_ahead(values: Sequence[Floats32], days: Integers, leads: Sequence[int]) -> Floats32:
    """The same of the values that belong to each lead."""
    return np.concatenate([_ahead(of_lead, days, [lead]) for of_lead, lead in zip(values, leads, strict=True)])


def _ahead(values: Floats32, days: Integers, leads: Sequence[int]) -> Floats32:
    """What of values `(all days, sites)` comes `lead` days after some, `(leads, days, sites)`; NaN beyond the end."""
    result = np.full((len(leads), len(days), values.shape[1]), np.nan, dtype=np.float32)
    for found, lead in zip(result, leads, strict=True):
        known = np.searchsorted(days, len(values) - lead)
        found[:known] = values[days[:known] + lead]
    return result

"""Leads learnt one after the other: what tomorrow foresees of a day stands in, for the most part, for the day itself.

Seen from today, a day far ahead is mostly noise. What tomorrow can foresee of it is on average the same, without the
noise of the days between: learning to predict by temporal differences (Sutton, 1988).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from meteolake.forecast import regression
from meteolake.forecast.history import Floats, Floats32, Integers
from meteolake.forecast.regression import Coefficients, Products, Sums, TargetProducts

_FORESIGHT = 0.7
"""The part of a target that is what tomorrow foresees; the noise, and with it the penalty, is less by as much.

From 0.6 to 0.8 it made hardly a difference at any of the stations that were tried.
"""


@dataclass(frozen=True)
class Successions(Sums):
    """Sums of products of a day's predictors with those of the next, over some days.

    `shared` `(predictors, predictors)`, `own` `(sites, own, own)`, and of one kind with the other kind of the next day
    `shared_own` `(sites, predictors, own)` and `own_shared` `(sites, own, predictors)`.
    """

    shared: Floats32
    own: Floats32
    shared_own: Floats32
    own_shared: Floats32

    def foreseen(self, coefficients: Coefficients) -> tuple[Floats32, Floats32]:
        """Products of a day's shared and own predictors with what coefficients say the next day, as of a target."""
        of_shared = (self.shared_own @ coefficients.own).transpose(1, 0, 2)
        of_shared += np.tensordot(self.shared, coefficients.shared, axes=1)
        of_own = self.own @ coefficients.own + self.own_shared @ coefficients.shared.transpose(1, 0, 2)
        return of_shared, of_own


def successions(shared: Floats32, own: Floats32, days: Integers) -> Successions:
    """The sums over some days of the predictors of all, `(all days, predictors)` and `(sites, all days, own)`."""
    days = days[days + 1 < len(shared)]
    sites, _, width = own.shape
    today, tomorrow = (own[:, of].transpose(1, 0, 2).reshape(len(days), sites * width) for of in (days, days + 1))
    shared_own = (shared[days].T @ tomorrow).reshape(-1, sites, width)
    return Successions(
        shared[days].T @ shared[days + 1],
        own[:, days].transpose(0, 2, 1) @ own[:, days + 1],
        np.ascontiguousarray(shared_own.transpose(1, 0, 2)),
        (today.T @ shared[days + 1]).reshape(sites, width, shared.shape[1]),
    )


def solved_in_turn(
    sums: Products, next_days: Successions, target: TargetProducts, penalties: Floats, leads: Sequence[int]
) -> Coefficients:
    """The coefficients of each lead with its penalty, the later ones with the help of those of a day less."""
    found: list[Coefficients] = []
    for at, lead in enumerate(leads):
        of_lead, penalty = target.of_lead(at), float(penalties[at])
        if at and leads[at - 1] == lead - 1:
            of_lead = _with_foresight(of_lead, sums, *next_days.foreseen(found[-1]))
            penalty *= 1 - _FORESIGHT
        found.append(regression.solved(sums, of_lead, penalty))
    shared, own = ([getattr(each, kind) for each in found] for kind in ("shared", "own"))
    return Coefficients(np.concatenate(shared, axis=2), np.concatenate(own, axis=2))


def _with_foresight(target: TargetProducts, sums: Products, shared: Floats32, own: Floats32) -> TargetProducts:
    """A target mixed with what is foreseen of it, which is known on all days, the target only on a share of them."""
    of_shared = target.known / max(sums.days, 1)
    of_own = np.minimum(target.known / np.maximum(sums.own_days, 1.0)[:, None], 1.0)[:, None]
    return replace(target, shared=_mixed(target.shared, of_shared * shared), own=_mixed(target.own, of_own * own))


def _mixed(seen: Floats32, foreseen: Floats32 | Floats) -> Floats32:
    return np.asarray((1 - _FORESIGHT) * seen + _FORESIGHT * foreseen, dtype=np.float32)

"""What is learnt of a target, and how far it is believed: chosen on days that the coefficients have not seen.

The history is cut into parts; each is forecast by coefficients from the others. The penalty of each lead is the one
that does best there, and what the coefficients say beyond what spells let expect has the weight that does best there,
less what chance might have brought.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from meteolake.forecast import regression, spells
from meteolake.forecast.history import Floats, Floats32, Integers
from meteolake.forecast.regression import Coefficients, TargetProducts
from meteolake.forecast.spells import Shares

FOLDS = 5
_LAST_REGRESSED_LEAD = 8
"""Later leads are left to spells: over all histories that were tried a regression told nothing more of them."""

_PENALTIES = np.geomspace(0.01, 10, 7)
_MOST_CHOOSING_SITES = 16
_MOST_CHECKED = 120_000
"""On how many days times sites a target is checked; a long history of many sites not on each day."""

_LEAST_KNOWN_FOR_PATTERNS = 0.5
_LARGEST_WEIGHT = 1.2
_DOUBT, _DOUBT_OF_PATTERN = 1.0, 2.5
"""How many standard errors a gain must be worth for any of it to be kept."""

_FEWEST_BLOCKS, _MOST_BLOCKS = 8, 10


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
        known = spells.spells(values, self.shares)
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
        self._whole = regression.total(parts)
        self._others = [regression.total([*parts[:at], *parts[at + 1 :]]) for at in range(len(parts))]

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
        known = spells.spells(unseen, shares)
        if not _is_gain(known.fading(days, leads) + known.lasting(days, leads), observed):
            known = spells.spells(unseen, spells.NONE)
        near = [lead for lead in leads if lead <= _LAST_REGRESSED_LEAD] or leads[:1]
        parts = [
            regression.target_products(shared, own, _ahead(target, fold, near) - known.lasting(fold, near))
            for shared, own, fold in zip(self._shared, self._own, self._folds, strict=True)
        ]
        others = [_sum([*parts[:at], *parts[at + 1 :]]) for at in range(len(parts))]
        penalties = self._best_penalties(parts, others)
        fading = known.fading(days, leads)
        told = fading + known.lasting(days, leads)
        said = self._said_unseen(others, penalties, step) - fading[: len(near)]
        belief = beliefs(observed[: len(near)] - told[: len(near)], said, _blocks(len(target)))
        learnt = Learnt(tuple(leads), known.shares, regression.solved(self._whole, _sum(parts), penalties), belief)
        return Trained(learnt, days, _with_belief(told, said, belief), observed)

    def _said_unseen(self, others: Sequence[TargetProducts], penalties: Floats, step: int) -> Floats32:
        """What coefficients from the other parts say of each part's days, `(leads, days, sites)`."""
        found = [
            regression.solved(sums, other, penalties).expected(shared[::step], own[:, ::step])
            for sums, other, shared, own in zip(self._others, others, self._shared, self._own, strict=True)
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


def _is_gain(expected: Floats32, observed: Floats32) -> bool:
    """Whether what is expected, `(leads, days, sites)`, is nearer to what came than nothing is."""
    return bool(np.nansum(expected * (2 * observed - expected)) > 0)


def _sum(parts: Sequence[TargetProducts]) -> TargetProducts:
    return sum(parts[1:], start=parts[0])


def _ahead(values: Floats32, days: Integers, leads: Sequence[int]) -> Floats32:
    """What of values `(all days, sites)` comes `lead` days after some, `(leads, days, sites)`; NaN beyond the end."""
    result = np.full((len(leads), len(days), values.shape[1]), np.nan, dtype=np.float32)
    for found, lead in zip(result, leads, strict=True):
        known = np.searchsorted(days, len(values) - lead)
        found[:known] = values[days[:known] + lead]
    return result


def beliefs(observed: Floats32, expected: Floats32, blocks: int) -> Floats:
    """How far what is said is to be believed at each lead, `(leads, sites, sites)`.

    A lead is judged together with the next, for skill fades: the nearer their gain is to what chance may have brought,
    the less is believed, and never more than at an earlier lead. A site that is new takes no part in the patterns; it
    has the weight of all together.

    Args:
        observed: `(leads, days, sites)` with NaN for missing.
        expected: `(leads, days, sites)`.
        blocks: into how many the days are cut, to tell a gain from chance.
    """
    known = np.isfinite(observed)
    seen, said = (np.where(known, values, np.float32(0.0)) for values in (observed, expected))
    hits, squares = ((part * said).sum(axis=2).T.astype(float) for part in (seen, said))
    weights = np.clip(hits.sum(axis=0) / np.maximum(squares.sum(axis=0), 1e-9), 0.0, 1.0)
    gains = _by_block(2 * weights * hits - weights**2 * squares, blocks)
    certainty = np.array([_certainty(gains[:, at : at + 2].sum(axis=1)) for at in range(len(weights))])
    share = np.minimum.accumulate(_share_beyond(certainty, _DOUBT))
    is_long = known.any(axis=0).mean(axis=0) >= _LEAST_KNOWN_FOR_PATTERNS
    result = weights[:, None, None] * np.eye(seen.shape[2])
    for at in np.flatnonzero(share):
        pattern = _by_pattern(seen[at][:, is_long], said[at][:, is_long], blocks)
        result[at][np.ix_(is_long, is_long)] = pattern
    return np.asarray(share[:, None, None] * result)


def _by_pattern(seen: Floats32, said: Floats32, blocks: int) -> Floats:
    """The weights of what is said `(days, sites)` in what is seen, `(sites, sites)`.

    What is said is divided into patterns over the sites, from the one that varies most to the least; each has the
    weight that fits what is seen, less the share that chance might have brought, for a small pattern is mostly noise.
    """
    _, patterns = np.linalg.eigh(said.T @ said)
    parts = said @ patterns
    agreement = parts * (seen @ patterns)
    weights = np.clip(agreement.sum(axis=0) / np.maximum((parts**2).sum(axis=0), 1e-9), 0.0, _LARGEST_WEIGHT)
    share = _share_beyond(_certainty(_by_block(agreement, blocks)), _DOUBT_OF_PATTERN)
    return np.asarray((patterns * weights * share) @ patterns.T)


def _blocks(days: int) -> int:
    """About a block for each year of a history, for what goes wrong may go wrong all year; fewer could tell little."""
    return int(np.clip(round(days / 365.25), _FEWEST_BLOCKS, _MOST_BLOCKS))


def _by_block(daily: Floats, blocks: int) -> Floats:
    """Sums over consecutive blocks of days, `(blocks, ...)`: days that follow each other are no independent cases."""
    return np.stack([block.sum(axis=0) for block in np.array_split(daily, blocks)])


def _certainty(blocks: Floats) -> Floats:
    """Student's t of the blocks' mean; 0 where there is no gain."""
    error = blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks))
    return np.asarray(np.maximum(blocks.mean(axis=0), 0.0) / np.maximum(error, 1e-12))


def _share_beyond(certainty: Floats, doubt: float) -> Floats:
    """What to keep of an estimate that may be chance, as in the estimator of James and Stein: 0 up to the doubt."""
    return np.maximum(1 - (doubt / np.maximum(certainty, 1e-6)) ** 2, 0.0)

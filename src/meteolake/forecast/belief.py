"""How far what coefficients say is to be believed, by how it did on days that they had not seen.

A gain is compared with how much it varies over parts of the history: the nearer it is to chance, the less is kept.
"""

import numpy as np

from meteolake.forecast.history import Floats, Floats32

_LEAST_KNOWN_FOR_PATTERNS = 0.5
_LARGEST_WEIGHT = 1.2
_DOUBT, _DOUBT_OF_PATTERN = 1.0, 2.5
"""How many standard errors a gain must be worth for any of it to be kept."""

_FEWEST_BLOCKS, _MOST_BLOCKS = 8, 10


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


def blocks(days: int) -> int:
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

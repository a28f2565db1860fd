"""How far what coefficients say is to be believed, by how it did on days that they had not seen.

All that is said has one weight at a lead, less what chance might have brought. Patterns over the sites depart from it
as far as their own record is more than chance.
"""

import numpy as np

from meteolake.forecast.history import Floats, Floats32

_LEAST_KNOWN_FOR_PATTERNS = 0.5
_LARGEST_WEIGHT = 1.2
_DOUBT = 1.2
"""How many standard errors a weight must be off, from 0 or from the common one, for any of it to be believed."""

_FEWEST_BLOCKS, _MOST_BLOCKS = 8, 10


def beliefs(observed: Floats32, expected: Floats32, blocks: int) -> Floats:
    """How far what is said is to be believed at each lead, `(leads, sites, sites)`: never more than at an earlier one.

    A site that is new takes no part in the patterns; it has the weight of all together.

    Args:
        observed: `(leads, days, sites)` with NaN for missing.
        expected: `(leads, days, sites)`.
        blocks: into how many the days are cut, to tell a pattern's record from chance.
    """
    known = np.isfinite(observed)
    seen, said = (np.where(known, values, np.float32(0.0)) for values in (observed, expected))
    hits, squares = ((part * said).sum(axis=2).T.astype(float) for part in (seen, said))
    weights = np.clip(hits.sum(axis=0) / np.maximum(squares.sum(axis=0), 1e-9), 0.0, 1.0)
    common = np.minimum.accumulate(weights * _share_beyond_chance(_by_block(hits, blocks)))
    result = common[:, None, None] * np.eye(seen.shape[2])
    is_long = known.any(axis=0).mean(axis=0) >= _LEAST_KNOWN_FOR_PATTERNS
    for at in np.flatnonzero(common):
        pattern = _by_pattern(seen[at][:, is_long], said[at][:, is_long], common[at], blocks)
        result[at][np.ix_(is_long, is_long)] = pattern
    return np.asarray(result)


def _by_pattern(seen: Floats32, said: Floats32, common: float, blocks: int) -> Floats:
    """The weights of what is said `(days, sites)` in what is seen, `(sites, sites)`.

    What is said is divided into patterns over the sites, from the one that varies most to the least; each has the
    weight that fits what is seen, drawn to the common one by the share that chance might have brought.
    """
    _, patterns = np.linalg.eigh(said.T @ said)
    parts = said @ patterns
    agreement, squares = parts * (seen @ patterns), parts**2
    weights = np.clip(agreement.sum(axis=0) / np.maximum(squares.sum(axis=0), 1e-9), 0.0, _LARGEST_WEIGHT)
    share = _share_beyond_chance(_by_block(agreement - common * squares, blocks))
    return np.asarray((patterns * (common + share * (weights - common))) @ patterns.T)


def blocks(days: int) -> int:
    """About a block for each year of a history, for what goes wrong may go wrong all year; fewer could tell little."""
    return int(np.clip(round(days / 365.25), _FEWEST_BLOCKS, _MOST_BLOCKS))


def _by_block(daily: Floats, blocks: int) -> Floats:
    """Sums over consecutive blocks of days, `(blocks, ...)`: days that follow each other are no independent cases."""
    return np.stack([block.sum(axis=0) for block in np.array_split(daily, blocks)])


def _share_beyond_chance(blocks: Floats) -> Floats:
    """What to keep of a mean over blocks that may be chance, as in the estimator of James and Stein."""
    error = blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks))
    certainty = np.abs(blocks.mean(axis=0)) / np.maximum(error, 1e-12)
    return np.asarray(np.maximum(1 - (_DOUBT / np.maximum(certainty, 1e-6)) ** 2, 0.0))

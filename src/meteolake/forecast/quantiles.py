"""Quantiles of samples that hold missing values, and of a few samples with the help of many."""

import numpy as np

from meteolake.forecast.history import Floats, Floats32

_MOST_TOGETHER = 100_000
"""Of so many values, known or not, the quantiles are as good as of more."""


def known_quantiles(values: Floats | Floats32, levels: Floats) -> Floats:
    """Quantiles along the last axis of what is no NaN, `(..., levels)`; 0 where nothing is known."""
    if not values.shape[-1]:
        return np.zeros((*values.shape[:-1], len(levels)))
    ordered = np.sort(values, axis=-1)  # NaN come last
    last = np.maximum(np.isfinite(ordered).sum(axis=-1, keepdims=True) - 1, 0)
    position = last * levels
    lower = position.astype(int)
    below, above = (np.take_along_axis(ordered, np.minimum(lower + step, last), axis=-1) for step in (0, 1))
    found: Floats = np.nan_to_num(below + (position - lower) * np.subtract(above, below))
    return found


def borrowed_quantiles(values: Floats | Floats32, levels: Floats, days: float, otherwise: float = 0.0) -> Floats:
    """Quantiles of each row, mixed with those of all rows as if these had been known on `days` days.

    Args:
        values: `(rows, days)` with NaN for missing.
        levels: `(levels,)`.
        days: how much all rows weigh.
        otherwise: the value where no row knows any.
    """
    known = np.isfinite(values)
    some = slice(None, None, 1 + values.size // _MOST_TOGETHER)
    together = values.ravel()[some][known.ravel()[some]]
    together = together if len(together) else values[known]
    everything = known_quantiles(together, levels) if len(together) else np.full(len(levels), otherwise)
    count = known.sum(axis=1)[:, None]
    return np.asarray((count * known_quantiles(values, levels) + days * everything) / (count + days))

"""Runs of consecutive days."""

import numpy as np
import numpy.typing as npt

from meteolake.climate.calendar import Integers

Mask = npt.NDArray[np.bool_]


def lengths_at_ends(is_true: Mask) -> Integers:
    """The length of each run of true days at its last day, 0 on all other days; `(days,)`."""
    length = run_lengths(is_true)
    is_end = is_true & np.r_[~is_true[1:], True]
    return np.where(is_end, length, 0)


def in_runs(is_true: Mask, shortest: int) -> Mask:
    """Whether each day lies in a run of at least so many true days; `(days,)`."""
    length = run_lengths(is_true)
    following = np.flatnonzero(is_true & np.r_[~is_true[1:], True])
    whole = np.zeros(len(is_true), np.int64)
    days = np.flatnonzero(is_true)
    whole[days] = length[following[np.searchsorted(following, days)]]
    return np.asarray(whole >= shortest)


def run_lengths(is_true: Mask) -> Integers:
    """How many true days in a row end on each day; `(days,)`."""
    position = np.arange(1, len(is_true) + 1)
    return np.asarray(position - np.maximum.accumulate(np.where(is_true, 0, position)))

"""Warm and cold, wet and dry spells: what means over a site's last days, weeks and year tell of the days to come.

A few years of a few sites hold too few spells to learn this from, but it is much the same everywhere. The shares below
are what regressions found at Spanish, German, Italian and American stations, on years after those of their climatology;
they hardly differ between stations, nor between histories of 3 and of 30 years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from meteolake.forecast.history import Floats, Floats32, Integers

MEMORY_DAYS = 365
"""How many days before a forecast it looks back."""

_RECENT_DAYS = 5
_TOLD_BY_RECENT_DAYS = 0.6
_LEADS = (1, 2, 3, 5, 7, 10, 14)


@dataclass(frozen=True)
class Shares:
    """What is left of the mean of the recent days after some leads, and of means over more days after long leads."""

    fading: tuple[float, ...] = (0.0,) * len(_LEADS)
    lasting: Mapping[int, float] = field(default_factory=dict)


OF_TEMPERATURE = Shares((0.65, 0.48, 0.36, 0.23, 0.17, 0.11, 0.07), {30: 0.09, 90: 0.09, MEMORY_DAYS: 0.25})
OF_RAIN = Shares((0.30, 0.15, 0.08, 0.05, 0.04, 0.03, 0.02), {30: 0.14})
NONE = Shares()


@dataclass(frozen=True)
class Spells:
    """The means of the recent days, and what is left of longer means, each `(all days, sites)`."""

    shares: Shares
    recent: Floats32
    longer: Floats32

    def fading(self, days: Integers, leads: Sequence[int]) -> Floats32:
        """What their recent days let expect after some days, `(leads, days, sites)`."""
        left = np.interp(leads, _LEADS, self.shares.fading)
        return _each(left, self.recent[days])

    def lasting(self, days: Integers, leads: Sequence[int]) -> Floats32:
        """What longer means let expect beside, `(leads, days, sites)`: less where the recent days tell much of it."""
        return _each(1 - _TOLD_BY_RECENT_DAYS / np.array(leads), self.longer[days])

    def without_any(self) -> "Spells":
        """No spells at all."""
        return Spells(NONE, self.recent, np.zeros_like(self.longer))


def seen_in(values: Floats32, shares: Shares) -> Spells:
    """The spells in standardised anomalies of consecutive days, `(days, sites)`; what is missing counts as usual."""
    sums = np.cumsum(np.nan_to_num(values, nan=0.0), axis=0, dtype=np.float64)
    longer = np.zeros_like(values)
    for days, share in shares.lasting.items():
        longer += share * _means(sums, days)
    return Spells(shares, _means(sums, _RECENT_DAYS), longer)


def _means(sums: Floats, days: int) -> Floats32:
    """Means of each day and those before it, from running sums; days before the first count as usual."""
    found = sums.copy()
    found[days:] -= sums[:-days]
    return np.asarray(found / days, dtype=np.float32)


def _each(shares: Floats, values: Floats32) -> Floats32:
    """Shares `(leads,)` of values `(days, sites)`, `(leads, days, sites)`."""
    return shares.astype(np.float32)[:, None, None] * values

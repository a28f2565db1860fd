"""The distribution of a day's precipitation: a mass near zero, and amounts of wet days by season."""

from dataclasses import dataclass

import numpy as np

from meteolake.forecast.history import DAYS, Dates, Floats, Integers, day_index

WET_DAY = 1.0
"""A day is wet from this amount on, in mm."""

_GRID = np.linspace(0.0, 1.0, 41)
_WINDOW_DAYS = 45
_ENOUGH_DAYS = 30
_SEASONS = np.arange(0, DAYS, 15)


@dataclass(frozen=True)
class Amounts:
    """Quantiles of the amounts of dry and of wet days around each half month, `(sites, seasons, grid)` in mm."""

    dry: Floats
    wet: Floats

    def quantiles(self, probability: Floats, day: Integers, levels: Floats) -> Floats:
        """Quantiles of precipitation, given how probable a wet day is.

        Args:
            probability: `(sites, ...)` of a wet day.
            day: day of the year, `(...)`.
            levels: `(levels,)`.

        Returns:
            `(sites, ..., levels)` in mm, never negative, ascending.
        """
        season = np.minimum(day // 15, len(_SEASONS) - 1)
        wet = probability[..., None]
        is_wet = levels > 1 - wet
        share = np.where(is_wet, (levels - (1 - wet)) / np.maximum(wet, 1e-9), levels / np.maximum(1 - wet, 1e-9))
        dry, rainy = self.dry[:, season], self.wet[:, season]
        return np.where(is_wet, _interpolated(rainy, share), _interpolated(dry, share))


def amounts(values: Floats, dates: Dates) -> Amounts:
    """The amounts of dry and wet days of each site; where a season has few, those of the group stand in.

    Args:
        values: precipitation `(sites, days)` in mm, with NaN for missing.
        dates: `(days,)`.
    """
    day = day_index(dates)
    dry, wet = (np.zeros((len(values), len(_SEASONS), len(_GRID))) for _ in range(2))
    for number, centre in enumerate(_SEASONS):
        distance = np.abs((day - centre + DAYS // 2) % DAYS - DAYS // 2)
        near = values[:, distance <= _WINDOW_DAYS]
        for table, is_chosen, least in ((dry, near < WET_DAY, 0.0), (wet, near >= WET_DAY, WET_DAY)):
            group = _quantiles(near[is_chosen], np.full(len(_GRID), least))
            for site, (row, chosen) in enumerate(zip(near, is_chosen, strict=True)):
                enough = np.count_nonzero(chosen) >= _ENOUGH_DAYS
                table[site, number] = _quantiles(row[chosen], group) if enough else group
    return Amounts(dry, wet)


def _quantiles(values: Floats, otherwise: Floats) -> Floats:
    return np.quantile(values, _GRID) if len(values) else otherwise


def _interpolated(table: Floats, share: Floats) -> Floats:
    """Values of a quantile table `(..., grid)` at shares `(..., levels)`."""
    position = np.clip(share, 0.0, 1.0) * (len(_GRID) - 1)
    lower = np.minimum(position.astype(int), len(_GRID) - 2)
    below, above = (np.take_along_axis(table, lower + step, axis=-1) for step in (0, 1))
    return np.asarray(below + (position - lower) * (above - below))

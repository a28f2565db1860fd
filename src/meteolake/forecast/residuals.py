"""The errors of forecasts on days that they had not seen, and the distribution that follows from them.

Their spread is each site's by season. Their shape is each site's by how warm or cold the forecast is: a hot day that is
about to break is another thing than a mild one; forecasts that say little are told apart less finely. Where a site
knows few errors, those of the group stand in.
"""

from dataclasses import dataclass

import numpy as np

from meteolake.forecast.climatology import cycle
from meteolake.forecast.history import DAYS, Floats, Floats32, Integers
from meteolake.forecast.quantiles import borrowed_quantiles

_GRID = np.linspace(0.005, 0.995, 199)
_BINS, _BINS_WHERE_LITTLE_IS_SAID = 5, 2
_LITTLE = 0.15
"""What forecasts say is little if it varies by less than this share of what was observed."""

_HARMONICS = 2
_BORROWED_DAYS = 50.0
_BORROWED_BY_SHAPE = 400.0
_LEAST_SHARE = 0.1
_MOST_FOR_EDGES = 20_000


@dataclass(frozen=True)
class Residuals:
    """Spread `(sites, 366)` and, for forecasts around `centres` `(bins,)`, quantiles over it `(sites, bins, grid)`."""

    spread: Floats
    centres: Floats
    shapes: Floats

    def quantiles(self, expected: Floats, day: Integers, levels: Floats) -> Floats:
        """Quantiles around what is expected.

        Args:
            expected: `(sites, origins)`.
            day: day of the year that each origin forecasts, `(origins,)`.
            levels: `(levels,)`.

        Returns:
            `(sites, origins, levels)`, ascending.
        """
        position = np.interp(levels, _GRID, np.arange(len(_GRID)))
        shapes = _between(self.shapes, position)
        place = np.interp(expected, self.centres, np.arange(len(self.centres)))
        lower = np.minimum(place.astype(int), max(len(self.centres) - 2, 0))
        share = (place - lower)[:, :, None]
        site = np.arange(len(shapes))[:, None]
        above = shapes[site, np.minimum(lower + 1, len(self.centres) - 1)]
        shape = (1 - share) * shapes[site, lower] + share * above
        return np.asarray(expected[:, :, None] + self.spread[:, day][:, :, None] * shape)


def residuals(observed: Floats32, expected: Floats32, day: Integers) -> Residuals:
    """What the errors of some forecasts were like.

    Args:
        observed: `(sites, days)` with NaN for missing.
        expected: `(sites, days)`; the same everywhere when the climatology is the forecast.
        day: day of the year of each column.
    """
    error = observed - expected
    known = np.isfinite(error)
    is_day = (day[:, None] == np.arange(DAYS)).astype(np.float32)
    count, squares = (part @ is_day for part in (known.astype(np.float32), np.where(known, error, 0.0) ** 2))
    variance = cycle(count.astype(float), squares.astype(float), _HARMONICS, borrowed_level=_BORROWED_DAYS)
    usual = np.maximum(variance.mean(axis=1, keepdims=True), 1e-12)
    spread = np.sqrt(np.maximum(variance, _LEAST_SHARE * usual))
    scaled = error / spread.astype(np.float32)[:, day]
    edges = _edges(expected, float(np.nanvar(observed)) if known.any() else 0.0)
    which = (expected > edges[:, None, None]).sum(axis=0, dtype=np.int8)
    shapes, centres = [], []
    for number in range(len(edges) + 1):
        of_bin = which == number
        shapes.append(borrowed_quantiles(np.where(of_bin, scaled, np.float32(np.nan)), _GRID, _BORROWED_BY_SHAPE))
        centres.append(expected[of_bin].mean() if of_bin.any() else edges[min(number, len(edges) - 1)])
    return Residuals(spread, np.array(centres), np.stack(shapes, axis=1))


def _edges(expected: Floats32, variance: float) -> Floats32:
    """Where forecasts are parted by how warm they are; nowhere if they are all the same."""
    some = expected[:, :: 1 + expected.size // _MOST_FOR_EDGES]
    said = float(some.var())
    bins = 1 if said == 0 else _BINS_WHERE_LITTLE_IS_SAID if said < _LITTLE * variance else _BINS
    return np.quantile(some, np.arange(1, bins) / bins).astype(np.float32)


def _between(table: Floats, position: Floats) -> Floats:
    """Values of a table `(..., grid)` at positions `(levels,)` between its columns."""
    lower = np.minimum(position.astype(int), table.shape[-1] - 2)
    share = position - lower
    return np.asarray((1 - share) * table[..., lower] + share * table[..., lower + 1])

"""Random fields over the whole Earth and all days: the same value for a place and a day, whatever else is asked.

A field is a sum of plane waves through the globe whose amplitudes change from day to day; its value follows from the
seed, the place and the day alone, so that any set of places and any range of days can be drawn in any order.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM = 6371.0
_BLOCK_DAYS = 128
_BLOCKS_AT_ONCE = 16

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Field:
    """A standard normal field with correlation exp(-distance / `scale_km`) in space and `memory` from day to day.

    The pattern as a whole turns eastwards about the Earth's axis, once in `turn_days` days (0: it stays), so that what
    is upwind today arrives tomorrow. In the moving frame each amplitude is an AR(1) process (the field is a VAR(1) as
    in Matalas 1967), drawn per block of 128 days from the noise of that block and the one before. Wave
    vectors from a multivariate Cauchy distribution give the exponential correlation exactly (spectral method of
    Mejía and Rodríguez-Iturbe 1974).

    `layers` are independent fields of the same kind; `stream` tells apart fields of one seed.
    """

    seed: int
    stream: int
    layers: int
    scale_km: float
    waves: int
    memory: float = 0.0
    turn_days: int = 0

    def values(self, places: Array, ordinals: npt.NDArray[np.int64]) -> Array:
        """Values as `(layers, places, days)` on consecutive `ordinals` (days since year 1).

        Args:
            places: unit vectors, `(places, 3)`.
            ordinals: `(days,)`.
        """
        return np.concatenate([self._chunk(places, days) for days in _chunks(ordinals)], axis=2)

    def constant(self, places: Array) -> Array:
        """Values as `(layers, places)` of a field that never changes."""
        amplitudes = np.random.default_rng([self.seed, self.stream, 2]).standard_normal((self.layers, 2 * self.waves))
        values: Array = amplitudes @ self._waves_at(places)
        return values

    def _chunk(self, places: Array, days: npt.NDArray[np.int64]) -> Array:
        amplitudes = self._amplitudes(days)
        values = np.empty((len(days), self.layers, len(places)))
        turn = max(self.turn_days, 1)
        for step in np.unique(days % turn):
            now = days % turn == step
            # Seen from the moving pattern, a fixed place moves westwards.
            waves = self._waves_at(_turned(places, -2 * np.pi * step / turn))
            values[now] = amplitudes[now] @ waves
        return values.transpose(1, 2, 0)

    def _waves_at(self, places: Array) -> Array:
        """Cosine and sine of each wave at each place, `(2 waves, places)`, scaled so that the field has variance 1."""
        random = np.random.default_rng([self.seed, self.stream, 1])
        directions, cauchy = random.standard_normal((self.waves, 3)), random.standard_normal((self.waves, 1))
        phases = (EARTH_RADIUS_KM / self.scale_km) * (directions / np.abs(cauchy)) @ places.T
        return np.concatenate([np.cos(phases), np.sin(phases)]) / math.sqrt(self.waves)

    def _amplitudes(self, days: npt.NDArray[np.int64]) -> Array:
        """The waves' amplitudes as `(days, layers, 2 waves)`, standard normal."""
        first, last = int(days[0]) // _BLOCK_DAYS, int(days[-1]) // _BLOCK_DAYS
        noise = np.stack([self._noise(block) for block in range(first - 1, last + 1)])
        amplitudes = noise[1:] * np.sqrt(1 - self.memory**2)
        if self.memory:
            fading = self.memory ** np.arange(_BLOCK_DAYS, 0, -1.0) * np.sqrt(1 - self.memory**2)
            before = np.einsum("d,bdw->bw", fading, noise[:-1])
            for day in range(_BLOCK_DAYS):
                amplitudes[:, day] += before
                before = self.memory * amplitudes[:, day]
        inside = days - first * _BLOCK_DAYS
        asked: Array = amplitudes.reshape(-1, self.layers, 2 * self.waves)[inside]
        return asked

    def _noise(self, block: int) -> Array:
        """The standard normal noise of a block of days, `(128, layers x 2 waves)`."""
        random = np.random.default_rng([self.seed, self.stream, block])
        return random.standard_normal((_BLOCK_DAYS, self.layers * 2 * self.waves))


def unit_vectors(latitudes: Array, longitudes: Array) -> Array:
    """Places in degrees as vectors `(places, 3)` from the Earth's centre."""
    north, east = np.radians(latitudes), np.radians(longitudes)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)


def _chunks(ordinals: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """The days cut where groups of blocks begin, which bounds the memory."""
    group = ordinals // (_BLOCK_DAYS * _BLOCKS_AT_ONCE)
    return np.split(ordinals, np.flatnonzero(np.diff(group)) + 1)


def _turned(places: Array, angle: float) -> Array:
    """Unit vectors turned eastwards about the Earth's axis by an angle in radians."""
    cosine, sine = np.cos(angle), np.sin(angle)
    turned: Array = places @ np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return turned

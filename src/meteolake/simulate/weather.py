"""A stochastic weather generator: plausible daily weather at any place on Earth, on any day, from a seed.

A weather source answers for places and days; `GeneratedWeather` makes the weather up.
The generator follows Richardson (1981): the wet or dry state comes first, the other variables depend on it. The state
and the rain's amount come from correlated standard normal fields (Wilks 1998), the temperatures from others; all of
them remember and travel (Matalas 1967, see `Field`), so that today's weather upwind tells of tomorrow's here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from meteolake.simulate.climate import Climate, climate
from meteolake.simulate.distributions import gamma_quantile, normal_probability, normal_quantile
from meteolake.simulate.fields import Array, Field, unit_vectors

Mask = npt.NDArray[np.bool_]

_GRID_DEGREES = 0.25
_RAIN_SHAPE = 0.75
# Shares of the travelling, lingering and local pattern in a quantity's anomaly; their squares sum to 1.
_SHARES = {
    "temperature": (0.75, 0.60, 0.28),
    "wetness": (0.86, 0.42, 0.29),
    "wind": (0.86, 0.42, 0.29),
    "moisture": (0.70, 0.60, 0.39),
    "amount": (0.50, 0.00, 0.87),
}
# The steps in which the real archive stores the quantities.
_STEPS = {"°C": 0.05, "mm": 0.1, "km/h": 0.1, "hPa": 0.1, "%": 1.0}


@dataclass(frozen=True)
class Place:
    """A place that a source has weather for: a grid cell's centre or a station, in degrees and m above the sea.

    A height that is not known is NaN.
    """

    latitude: float
    longitude: float
    elevation_m: float


class Weather(Protocol):
    """A source of daily weather."""

    def place(self, latitude: float, longitude: float) -> Place | None:
        """The place whose weather stands for a point; None where the source has none."""

    def daily(self, places: Sequence[Place], first: date, last: date) -> Mapping[str, Array]:
        """Values by variable, in the variable's unit, as `(places, days)` with NaN for missing; both dates included."""


@dataclass(frozen=True)
class GeneratedWeather:
    """Made-up weather of the whole Earth, fixed by its seed."""

    seed: int = 0

    def place(self, latitude: float, longitude: float) -> Place:
        """The centre of the grid cell around a point."""
        north, east = on_grid(latitude), on_grid(longitude)
        ground = self._character(unit_vectors(np.array([north]), np.array([east])))[3, 0]
        return Place(north, east, float(round(max(0.0, 100 + 200 * ground))))

    def daily(self, places: Sequence[Place], first: date, last: date) -> dict[str, Array]:
        """All variables at places on the days from `first` to `last`, both included."""
        ordinals = np.arange(first.toordinal(), last.toordinal() + 1)
        north, east, height = np.array([(p.latitude, p.longitude, p.elevation_m) for p in places], dtype=float).T
        vectors = unit_vectors(north, east)
        return _weather(climate(north, height, ordinals, self._character(vectors)), self._anomalies(vectors, ordinals))

    def _character(self, vectors: Array) -> Array:
        """What makes neighbouring regions differ for good: `(4, places)` between -1 and 1."""
        return np.tanh(Field(self.seed, stream=1, layers=4, scale_km=1500, waves=64).constant(vectors))

    def _anomalies(self, vectors: Array, ordinals: npt.NDArray[np.int64]) -> dict[str, Array]:
        """Standard normal anomalies of each quantity, `(places, days)`."""
        count = len(_SHARES)
        patterns = [
            Field(self.seed, stream=2, layers=count, scale_km=1100, memory=0.9, turn_days=45, waves=64),
            Field(self.seed, stream=3, layers=count, scale_km=2000, memory=0.93, waves=48),
            Field(self.seed, stream=4, layers=count, scale_km=60, waves=16),
        ]
        values = [pattern.values(vectors, ordinals) for pattern in patterns]
        return {
            name: sum((share * value[layer] for share, value in zip(shares, values, strict=True)), np.zeros(1))
            for layer, (name, shares) in enumerate(_SHARES.items())
        }


def on_grid(degrees: float) -> float:
    """A coordinate of the centre of the grid cell around it."""
    return round(degrees / _GRID_DEGREES) * _GRID_DEGREES


def _weather(normal: Climate, anomaly: Mapping[str, Array]) -> dict[str, Array]:
    """The variables of each place and day from their climate and their standard normal anomalies."""
    wetness, wind = anomaly["wetness"], anomaly["wind"]
    wet_from = normal_quantile(1 - normal.wet_share)
    cover = normal_probability(1.1 * (wetness - wet_from) + 1.0 + 0.5 * anomaly["moisture"])
    lowest, mean, highest = _temperatures(normal, anomaly["temperature"], wetness > wet_from, cover)
    dew_point = lowest - normal.dryness * np.exp(0.5 * np.tanh(anomaly["amount"] - anomaly["moisture"]))
    speed = normal.wind_speed * np.exp(0.35 * wind + 0.1 * wetness)
    gusts = speed * (1.5 + 0.5 * normal_probability(anomaly["amount"]))
    pressure = 1014 - normal.pressure_spread * (0.7 * wetness + 0.5 * wind + 0.5 * anomaly["temperature"])
    return {
        "temperature_2m_max": _stored(highest, "°C"),
        "temperature_2m_min": _stored(lowest, "°C"),
        "temperature_2m_mean": _stored(mean, "°C"),
        "precipitation_sum": _stored(_rain(normal, wetness, anomaly["amount"]), "mm"),
        "wind_speed_10m_max": _stored(speed, "km/h"),
        "wind_gusts_10m_max": _stored(gusts, "km/h"),
        "pressure_msl_mean": _stored(pressure, "hPa"),
        "relative_humidity_2m_mean": _stored(relative_humidity(mean, dew_point), "%"),
        "cloud_cover_mean": _stored(100 * cover, "%"),
        "dew_point_2m_mean": _stored(dew_point, "°C"),
    }


def _temperatures(normal: Climate, anomaly: Array, is_wet: Mask, cover: Array) -> tuple[Array, Array, Array]:
    """Lowest, mean and highest temperature: clouds narrow the day's range, rain cools summers and tempers winters."""
    middle = normal.temperature + normal.temperature_spread * anomaly + np.where(is_wet, normal.wet_effect, 0.0)
    half_range = normal.half_range * (1.45 - 0.95 * cover)
    # Nights are longer in winter: the mean lies below the middle, and above it in summer.
    mean = middle + 0.12 * half_range * normal.season
    return middle - half_range, mean, middle + half_range


def _rain(normal: Climate, wetness: Array, amount: Array) -> Array:
    """Rain in mm: none on dry days, gamma distributed amounts on wet ones, more where the wetness is greater."""
    rank = np.clip((normal_probability(wetness) - 1 + normal.wet_share) / normal.wet_share, 0.0, 1.0)
    blended = normal_probability(0.8 * normal_quantile(rank) + 0.6 * amount)
    mm = 0.1 + normal.rain_mm * gamma_quantile(blended, _RAIN_SHAPE) / _RAIN_SHAPE
    return np.where(rank > 0, mm, 0.0)


def relative_humidity(temperature: Array, dew_point: Array) -> Array:
    """Relative humidity in % by the Magnus formula with the coefficients of Alduchov and Eskridge (1996)."""
    exponent = 17.625 * dew_point / (243.04 + dew_point) - 17.625 * temperature / (243.04 + temperature)
    humidity: Array = np.clip(100 * np.exp(exponent), 0.0, 100.0)
    return humidity


def _stored(values: Array, unit: str) -> Array:
    """Values in the steps in which the archive stores the unit."""
    per_step = round(1 / _STEPS[unit])
    stored: Array = np.round(values * per_step) / per_step
    return stored

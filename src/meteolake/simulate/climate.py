"""The climate that the generated weather varies around: smooth functions of latitude, height, season and year."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meteolake.simulate.fields import Array

_DAYS_PER_YEAR = 365.2425
_WARMEST_DAY = 201  # 20 July in the north
_WARMING_PER_YEAR = 0.022
_LAPSE_PER_M = 0.0065
_REFERENCE_YEAR = 2000


@dataclass(frozen=True)
class Climate:
    """What is usual at each place and day: arrays that broadcast to `(places, days)`, in °C, mm, km/h and hPa.

    `season` is 1 in the middle of a strong summer and -1 in winter, 0 all year at the equator; `wet_share` the
    probability of a wet day, `rain_mm` the mean amount of one, `wet_effect` what rain adds to the temperature,
    `dryness` how far the dew point usually lies below the lowest temperature.
    """

    season: Array
    temperature: Array
    temperature_spread: Array
    half_range: Array
    wet_share: Array
    rain_mm: Array
    wet_effect: Array
    dryness: Array
    wind_speed: Array
    pressure_spread: Array


def climate(latitudes: Array, elevations: Array, ordinals: npt.NDArray[np.int64], character: Array) -> Climate:
    """The climate at places in degrees and m on days since year 1.

    Rain follows the three circulation cells: much at the equator and around 60°, little around 30° and at the poles.

    Args:
        latitudes: `(places,)`.
        elevations: `(places,)`.
        ordinals: `(days,)`.
        character: `(4, places)`, between -1 and 1: how a region differs in warmth, season and wetness; its ground.
    """
    north, height = np.radians(latitudes)[:, None], elevations[:, None]
    warmth, continentality, wetness = (each[:, None] for each in character[:3])
    years = (ordinals - ordinal_of_year(_REFERENCE_YEAR)) / _DAYS_PER_YEAR
    strength = np.sin(north)  # its sign tells the hemisphere
    season = strength * np.cos(2 * np.pi * (years - _WARMEST_DAY / _DAYS_PER_YEAR))
    polar = strength**2
    usual = -12 + 40 * np.cos(north) ** 1.2 + 1.5 * warmth - _LAPSE_PER_M * height
    return Climate(
        season=season,
        temperature=usual + (13 + 2 * continentality) * season + _WARMING_PER_YEAR * (1 + polar) * years,
        temperature_spread=(1.2 + 3.6 * np.abs(strength)) * (1 - 0.2 * season),
        half_range=np.clip(5 + 0.8 * continentality + 2 * season, 1.5, None),
        wet_share=np.clip(0.40 + 0.12 * np.cos(6 * north) + 0.05 * wetness - 0.05 * season, 0.05, 0.8),
        rain_mm=(3.5 + 6 * np.cos(north) ** 4) * (1 + 0.4 * season) + 0.001 * height,
        wet_effect=-1.8 * season - 0.3,
        dryness=np.clip(1.8 - 0.9 * np.cos(6 * north) - 0.4 * wetness + season, 0.4, None),
        wind_speed=(13 + 5 * np.abs(strength)) * (1 - 0.2 * season),
        pressure_spread=(2.5 + 8 * np.abs(strength)) * (1 - 0.25 * season),
    )


def ordinal_of_year(year: int) -> int:
    """The number of a year's first day since year 1."""
    return int(np.datetime64(f"{year:04d}-01-01").astype(int)) + 719_163

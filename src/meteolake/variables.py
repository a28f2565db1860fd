"""The weather vocabulary: one entry per daily variable, and nothing about it anywhere else.

The bounds become quality checks, the unit reaches the tables, the API and the docs, the name is what is asked of
Open-Meteo, and `station_columns` are its names in tidy station files (several are averaged).
"""

from dataclasses import dataclass
from typing import Literal

RollUp = Literal["mean", "sum", "max", "min"]


@dataclass(frozen=True)
class Variable:
    """A daily weather variable under its Open-Meteo name.

    `lower` and `upper` are the values beyond which an observation is impossible on Earth, in `unit`.
    """

    name: str
    unit: str
    lower: float
    upper: float
    roll_up: RollUp
    meaning: str
    station_columns: tuple[str, ...] = ()


# Bounds of temperature, precipitation and gusts: the WMO archive of world weather extremes, with a margin.
_ENTRIES = (
    Variable("temperature_2m_max", "°C", -90, 60, "mean", "highest air temperature at 2 m", ("temperature_max_c",)),
    Variable("temperature_2m_min", "°C", -95, 50, "mean", "lowest air temperature at 2 m", ("temperature_min_c",)),
    Variable(
        "temperature_2m_mean",
        "°C",
        -92,
        55,
        "mean",
        "mean air temperature at 2 m",
        ("temperature_max_c", "temperature_min_c"),
    ),
    Variable("precipitation_sum", "mm", 0, 2000, "sum", "rain, showers and snowfall as water", ("precipitation_mm",)),
    Variable(
        "wind_speed_10m_max",
        "km/h",
        0,
        350,
        "max",
        "highest wind speed at 10 m",
        ("wind_speed_9h_kmh", "wind_speed_15h_kmh"),
    ),
    Variable("wind_gusts_10m_max", "km/h", 0, 450, "max", "highest wind gust at 10 m", ("wind_gust_max_kmh",)),
    Variable(
        "pressure_msl_mean",
        "hPa",
        850,
        1100,
        "mean",
        "mean air pressure at sea level",
        ("pressure_msl_9h_hpa", "pressure_msl_15h_hpa"),
    ),
    Variable(
        "relative_humidity_2m_mean",
        "%",
        0,
        100,
        "mean",
        "mean relative humidity at 2 m",
        ("relative_humidity_9h_pct", "relative_humidity_15h_pct"),
    ),
    Variable("cloud_cover_mean", "%", 0, 100, "mean", "mean total cloud cover"),
    Variable("dew_point_2m_mean", "°C", -100, 40, "mean", "mean dew point at 2 m"),
)

VARIABLES: dict[str, Variable] = {entry.name: entry for entry in _ENTRIES}

TEMPERATURE_MAX = "temperature_2m_max"
TEMPERATURE_MIN = "temperature_2m_min"
TEMPERATURE_MEAN = "temperature_2m_mean"
PRECIPITATION = "precipitation_sum"

FORECAST_VARIABLES = (TEMPERATURE_MAX, TEMPERATURE_MIN, PRECIPITATION)
WET_DAY_MM = 1.0
FORECAST_DECIMALS = 3  # of published forecasts: enough to convert units afterwards

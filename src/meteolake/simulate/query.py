"""A request as the simulated service understands it: the real service's checks, in its order and with its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from meteolake.simulate.decoding import (
    CHOICES,
    Parameters,
    Refusal,
    choice,
    corrupted,
    dates,
    floats,
    integers,
    items,
)
from meteolake.sites import standard_offset
from meteolake.variables import VARIABLES

MODELS = (
    "best_match",
    "era5",
    "era5_land",
    "era5_seamless",
    "era5_ensemble",
    "ecmwf_ifs",
    "ecmwf_ifs_analysis_long_window",
    "cerra",
)
# Daily variables of the real service that are not simulated: it answers nulls of an undefined unit.
_UNKNOWN_HERE = (
    "weather_code",
    "apparent_temperature_max",
    "apparent_temperature_min",
    "apparent_temperature_mean",
    "sunrise",
    "sunset",
    "daylight_duration",
    "sunshine_duration",
    "rain_sum",
    "snowfall_sum",
    "precipitation_hours",
    "wind_direction_10m_dominant",
    "shortwave_radiation_sum",
    "et0_fao_evapotranspiration",
    "visibility_max",
)
_MOST_PAST_DAYS = 93
_MOST_FORECAST_DAYS = 16


@dataclass(frozen=True)
class Product:
    """What days a product of the service covers, relative to today, and how many it gives when none are named."""

    name: str
    earliest: date | int
    latest_days: int
    default_days: int

    def span(self, today: date) -> tuple[date, date]:
        """The first and last day that may be asked for."""
        earliest = self.earliest if isinstance(self.earliest, date) else today + timedelta(days=self.earliest)
        return earliest, today + timedelta(days=self.latest_days)


ARCHIVE = Product("archive", date(1940, 1, 1), 0, 1)
FORECAST = Product("forecast", -_MOST_PAST_DAYS, _MOST_FORECAST_DAYS - 1, 7)


@dataclass(frozen=True)
class Location:
    """One place and range of a request; `elevation_m` is None where none was given and NaN to switch it off."""

    latitude: float
    longitude: float
    elevation_m: float | None
    location_id: int
    timezone: str
    utc_offset_seconds: int
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days are asked for."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Query:
    """A request that passed all checks; `choices` holds units and formats."""

    locations: tuple[Location, ...]
    daily: tuple[str, ...]
    choices: Mapping[str, str]


def read_query(parameters: Parameters, product: Product, today: date, *, most_locations: int | None = None) -> Query:
    """Check the parameters of a request and say what it asks for.

    Raises:
        Refusal: with the real service's reason.
    """
    # Decoding comes first, as in the real service: a bad date is reported before a bad variable.
    latitudes, longitudes = floats(parameters, "latitude"), floats(parameters, "longitude")
    elevations, ids = floats(parameters, "elevation"), integers(parameters, "location_id")
    starts, ends = dates(parameters, "start_date"), dates(parameters, "end_date")
    choices = {key: choice(parameters, key) for key in CHOICES}
    daily = _names(parameters)
    ranges = _ranges(parameters, starts, ends, product, today)
    _check_coordinates(latitudes, longitudes, elevations, ids)
    zones = _zones(parameters, longitudes, today)
    points = _matched(len(latitudes), len(ranges))
    if most_locations is not None and len(points) > most_locations:
        raise Refusal(f"Only up to {most_locations} locations can be requested at once")
    locations = tuple(
        Location(
            latitudes[point],
            longitudes[point],
            elevations[point] if elevations else None,
            ids[point] if ids else position,
            *zones[point],
            *ranges[position if len(ranges) > 1 else 0],
        )
        for position, point in enumerate(points)
    )
    for location in locations:
        _check_range(location, product.span(today))
    return Query(locations, daily, choices)


def offset_seconds(zone: str, today: date) -> int:
    """A zone's offset at noon of today: the real service applies it to the whole series.

    Raises:
        Refusal: there is no such zone.
    """
    try:
        offset = datetime.combine(today, time(12), UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refusal("Invalid timezone") from error
    return int(offset.total_seconds()) if offset else 0


def _names(parameters: Parameters) -> tuple[str, ...]:
    """The daily variables; like the real service, a bad one is reported with the whole list around it."""
    if parameters.get("run"):
        raise Refusal("Parameter 'run' must not be set")
    for model in items(parameters, "models"):
        if model not in MODELS:
            raise corrupted("MultiDomains", model)
    if len(items(parameters, "models")) > 1:
        raise Refusal("This simulated service answers for one model at a time.")
    if items(parameters, "hourly"):
        raise Refusal("This simulated service has daily variables only.")
    for value in parameters.get("daily", ()):
        if any(name not in VARIABLES and name not in _UNKNOWN_HERE for name in value.split(",") if name):
            raise corrupted("ForecastVariableDaily", value)
    return tuple(items(parameters, "daily"))


def _ranges(
    parameters: Parameters, starts: Sequence[date], ends: Sequence[date], product: Product, today: date
) -> list[tuple[date, date]]:
    """The date ranges of a request, at least one."""
    relative = [key for key in ("past_days", "forecast_days") if parameters.get(key)]
    if relative and (starts or ends):
        raise Refusal(f"Parameter '{relative[0]}' is mutually exclusive with 'start_date' and 'end_date'")
    if len(starts) != len(ends):
        raise Refusal("Parameter 'start_date' and 'end_date' must have the same number of elements")
    if any(end < start for start, end in zip(starts, ends, strict=True)):
        raise Refusal("End-date must be larger or equals than start-date")
    return list(zip(starts, ends, strict=True)) or [_relative_range(parameters, product, today)]


def _relative_range(parameters: Parameters, product: Product, today: date) -> tuple[date, date]:
    """The range of a request without dates: so many days back and ahead."""
    past = _count(parameters, "past_days", 0)
    ahead = _count(parameters, "forecast_days", product.default_days)
    if not 0 <= past <= _MOST_PAST_DAYS:
        raise Refusal(f"Past days is invalid. Allowed range 0 to {_MOST_PAST_DAYS}. Given {past}.")
    most = product.latest_days + 1
    if not 0 <= ahead <= most:
        # The real service prints the maximum as the given value.
        raise Refusal(f"Forecast days is invalid. Allowed range 0 to {most}. Given {most}.")
    return today - timedelta(days=past), today + timedelta(days=ahead - 1)


def _count(parameters: Parameters, key: str, default: int) -> int:
    values = integers(parameters, key)
    return values[0] if values else default


def _check_coordinates(
    latitudes: Sequence[float], longitudes: Sequence[float], elevations: Sequence[float], ids: Sequence[int]
) -> None:
    if len(latitudes) != len(longitudes) or (ids and len(ids) != len(latitudes)):
        raise Refusal("Parameter 'latitude' and 'longitude' must have the same number of elements")
    if elevations and len(elevations) != len(latitudes):
        raise Refusal("Parameter 'elevation' must have the same number of elements as coordinates")
    for latitude, longitude in zip(latitudes, longitudes, strict=True):
        if not abs(latitude) <= 90:
            raise Refusal(f"Latitude must be in range of -90 to 90°. Given: {np.float32(latitude)!s}.")
        if not abs(longitude) <= 180:
            raise Refusal(f"Longitude must be in range of -180 to 180°. Given: {np.float32(longitude)!s}.")


def _zones(parameters: Parameters, longitudes: Sequence[float], today: date) -> list[tuple[str, int]]:
    """Name and offset of each point's zone."""
    zones = items(parameters, "timezone") or ["GMT"]
    if len(zones) == 1:
        zones *= len(longitudes)
    if len(zones) != len(longitudes):
        raise Refusal("Parameter 'timezone' and coordinates must have the same number of elements")
    names = [_zone(zone, longitude) for zone, longitude in zip(zones, longitudes, strict=True)]
    offsets = {name: offset_seconds(name, today) for name in set(names)}
    return [(name, offsets[name]) for name in names]


def _zone(zone: str, longitude: float) -> str:
    """The zone's name as the service prints it; `auto` is the 15° zone here, without borders."""
    if zone == "auto":
        offset = standard_offset(longitude)
        return f"Etc/GMT{-offset:+d}" if offset else "GMT"
    return "GMT" if zone in ("UTC", "Etc/UTC", "GMT") else zone


def _matched(points: int, ranges: int) -> list[int]:
    """The point of each result: every point with the one range, the one point with every range, or pairs."""
    if points == 1:
        return [0] * ranges
    if ranges not in (1, points) and points:
        raise Refusal("Parameter 'start_date' and 'end_date' must have the same number of elements as coordinates")
    return list(range(points))


def _check_range(location: Location, span: tuple[date, date]) -> None:
    for key, day in (("start_date", location.first), ("end_date", location.last)):
        if not span[0] <= day <= span[1]:
            raise Refusal(f"Parameter '{key}' is out of allowed range from {span[0]} to {span[1]}")

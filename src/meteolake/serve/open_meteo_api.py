"""Open-Meteo's forms of request and answer, for sites of the lake.

See their documentation of `/v1/archive` and `/v1/forecast`: the same parameters, key order, units and decimals.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from meteolake.errors import SourceError
from meteolake.serve.places import KnownSite
from meteolake.serve.source import Row, Source
from meteolake.tables import QUANTILES, quantile_column
from meteolake.variables import FORECAST_DECIMALS, FORECAST_VARIABLES, PRECIPITATION, VARIABLES

RAIN_PROBABILITY = "precipitation_probability_max"
ATTRIBUTION = "Weather data by Open-Meteo.com (CC BY 4.0)"

_DECIMALS = {"°C": 1, "km/h": 1, "hPa": 1, "mm": 2, "%": 0, "°F": 1, "inch": 3, "mp/h": 1, "m/s": 2, "kn": 1}


class WrongRequest(SourceError):
    """A parameter that cannot be answered."""


@dataclass(frozen=True)
class Units:
    """The units of an answer."""

    temperature: str = "celsius"
    precipitation: str = "mm"
    wind_speed: str = "kmh"

    def of(self, unit: str) -> tuple[str, float, float]:
        """The asked unit in place of the lake's: its sign, scale and offset.

        Raises:
            WrongRequest: no such unit.
        """
        asked = {"°C": self.temperature, "mm": self.precipitation, "km/h": self.wind_speed}.get(unit)
        if asked is None:
            return unit, 1.0, 0.0
        if asked not in _UNITS[unit]:
            raise WrongRequest(f"There is no unit '{asked}': choose one of {', '.join(_UNITS[unit])}.")
        return _UNITS[unit][asked]


_UNITS = {
    "°C": {"celsius": ("°C", 1.0, 0.0), "fahrenheit": ("°F", 1.8, 32.0)},
    "mm": {"mm": ("mm", 1.0, 0.0), "inch": ("inch", 1 / 25.4, 0.0)},
    "km/h": {
        "kmh": ("km/h", 1.0, 0.0),
        "ms": ("m/s", 1 / 3.6, 0.0),
        "mph": ("mp/h", 1 / 1.609344, 0.0),
        "kn": ("kn", 1 / 1.852, 0.0),
    },
}


def archive_answer(
    source: Source, place: KnownSite, first_date: date, last_date: date, daily: Sequence[str], units: Units
) -> dict[str, Any]:
    """The history of a site; a day that the lake does not have is null.

    Raises:
        WrongRequest: the dates are reversed, or a variable is unknown.
    """
    started = time.perf_counter()
    if last_date < first_date:
        raise WrongRequest("End-date must be larger or equals than start-date")
    if unknown := [name for name in daily if name not in VARIABLES]:
        raise WrongRequest(f"There is no daily variable '{unknown[0]}': choose among {', '.join(VARIABLES)}.")
    found = {row["date"]: row for row in source.history(place.site.site_id, first_date, last_date, daily)}
    days = [first_date + timedelta(days=day) for day in range((last_date - first_date).days + 1)]
    series = {name: [found.get(day, {}).get(name) for day in days] for name in daily}
    return _answer(place, days, series, {name: VARIABLES[name].unit for name in daily}, units, started)


def forecast_answer(
    source: Source, place: KnownSite, daily: Sequence[str], quantiles: Sequence[float], units: Units
) -> dict[str, Any]:
    """The newest forecast of a site: medians, the probability of rain, and the quantiles that were asked for.

    Raises:
        WrongRequest: an unknown variable or quantile, or a site without a forecast.
    """
    started = time.perf_counter()
    if unknown := [name for name in daily if name not in (*FORECAST_VARIABLES, RAIN_PROBABILITY)]:
        known = ", ".join((*FORECAST_VARIABLES, RAIN_PROBABILITY))
        raise WrongRequest(f"There is no forecast of '{unknown[0]}': choose among {known}.")
    if missing := [level for level in quantiles if level not in QUANTILES]:
        raise WrongRequest(f"There is no quantile {missing[0]:g}: choose among {', '.join(map(str, QUANTILES))}.")
    rows = source.forecast(place.site.site_id)
    if not rows:
        raise WrongRequest(f"There is no forecast for site '{place.site.site_id}': its history is too short.")
    by_variable = {name: [row for row in rows if row["variable"] == name] for name in FORECAST_VARIABLES}
    days = [row["valid_date"] for row in next(filter(None, by_variable.values()))]
    series, signs = _forecast_series(by_variable, daily, quantiles)
    nothing = [None] * len(days)  # of a variable that the lake does not keep
    answer = _answer(place, days, {name: each or nothing for name, each in series.items()}, signs, units, started)
    answer["forecast"] = {
        "issue_date": rows[0]["issue_date"].isoformat(),
        "lead_days": [(day - rows[0]["issue_date"]).days for day in days],
        "method": {name: [row["method"] for row in found] for name, found in by_variable.items() if found},
        "skill": {
            name: [_rounded(row["skill"], FORECAST_DECIMALS) for row in found]
            for name, found in by_variable.items()
            if found
        },
    }
    return answer


def of_locations(answers: Sequence[dict[str, Any]]) -> Any:
    """The answer of one location, or a list in which all but the first carry their number, as Open-Meteo writes it."""
    if len(answers) == 1:
        return answers[0]
    return [_numbered(answer, number) for number, answer in enumerate(answers)]


def _numbered(answer: dict[str, Any], number: int) -> dict[str, Any]:
    numbered: dict[str, Any] = {}
    for key, value in answer.items():
        if key == "site_id" and number:
            numbered["location_id"] = number
        numbered[key] = value
    return numbered


def _forecast_series(
    by_variable: Mapping[str, list[Row]], daily: Sequence[str], quantiles: Sequence[float]
) -> tuple[dict[str, list[float | None]], dict[str, str]]:
    """The asked series and their units, with the decimals that are published: more would differ between sources."""
    series: dict[str, list[float | None]] = {}
    signs: dict[str, str] = {}
    for name in daily:
        if name == RAIN_PROBABILITY:
            chances = (_rounded(row["rain_probability"], FORECAST_DECIMALS) for row in by_variable[PRECIPITATION])
            series[name] = [None if chance is None else 100 * chance for chance in chances]
            signs[name] = "%"
            continue
        for key, level in ((name, 0.5), *((f"{name}_{quantile_column(level)}", level) for level in quantiles)):
            series[key] = [_rounded(row[quantile_column(level)], FORECAST_DECIMALS) for row in by_variable[name]]
            signs[key] = VARIABLES[name].unit
    return series, signs


def _answer(
    place: KnownSite,
    days: Sequence[date],
    series: Mapping[str, Sequence[float | None]],
    signs: Mapping[str, str],
    units: Units,
    started: float,
) -> dict[str, Any]:
    """An answer in Open-Meteo's order of keys."""
    site = place.site
    converted = {name: units.of(sign) for name, sign in signs.items()}
    zone = f"GMT{site.utc_offset_hours:+d}" if site.utc_offset_hours else "GMT"
    answer: dict[str, Any] = {
        "latitude": site.latitude,
        "longitude": site.longitude,
        "generationtime_ms": round((time.perf_counter() - started) * 1000, 3),
        "utc_offset_seconds": site.utc_offset_hours * 3600,
        "timezone": f"Etc/GMT{-site.utc_offset_hours:+d}" if site.utc_offset_hours else "GMT",
        "timezone_abbreviation": zone,
    }
    if site.elevation_m is not None:
        answer["elevation"] = site.elevation_m
    return answer | {
        "site_id": site.site_id,
        "daily_units": {"time": "iso8601"} | {name: sign for name, (sign, *_) in converted.items()},
        "daily": {"time": [day.isoformat() for day in days]}
        | {name: _converted(series[name], *converted[name]) for name in series},
        "attribution": ATTRIBUTION,
    }


def _converted(values: Sequence[float | None], sign: str, scale: float, offset: float) -> list[float | None]:
    return [None if value is None else _rounded(value * scale + offset, _DECIMALS[sign]) for value in values]


def _rounded(value: float | None, decimals: int) -> float | None:
    if value is None:
        return None
    return round(value, decimals) + 0.0 if decimals else round(value)  # adding zero makes -0.0 0.0

"""The simulated service's JSON answer: the real one's keys in its order, its units, decimals and nulls."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import numpy.typing as npt

from meteolake.simulate.decoding import Refusal
from meteolake.simulate.fields import Array
from meteolake.simulate.query import Location, Query
from meteolake.simulate.weather import Place, Weather, on_grid
from meteolake.variables import VARIABLES

# The service computes in single precision.
Numbers = npt.NDArray[np.float32]

_CONVERSIONS = {
    "fahrenheit": ("°C", "°F", 1.8, 32.0),
    "ms": ("km/h", "m/s", 1 / 3.6, 0.0),
    "mph": ("km/h", "mp/h", 0.621371, 0.0),
    "kn": ("km/h", "kn", 0.539957, 0.0),
    "inch": ("mm", "inch", 1 / 25.4, 0.0),
}
_DECIMALS = {"°C": 1, "°F": 1, "km/h": 1, "mp/h": 1, "kn": 1, "hPa": 1, "mm": 2, "m/s": 2, "inch": 3, "%": 0}
_UNDEFINED = "undefined"


def write_answer(query: Query, weather: Weather, complete_until: date) -> str:
    """The text that answers a request: an object for one location, an array for several, nothing for none.

    Args:
        query: what is asked.
        weather: where the values come from.
        complete_until: the last day in UTC whose hours are all there.

    Raises:
        Refusal: the weather source has no data for one of the locations.
    """
    started = time.perf_counter()
    places = [_place(weather, location) for location in query.locations]
    sections = _sections(query, weather, places, complete_until)
    milliseconds = (time.perf_counter() - started) * 1000
    parts = [
        _object(query, location, place, section, milliseconds)
        for location, place, section in zip(query.locations, places, sections, strict=True)
    ]
    return parts[0] if len(parts) == 1 else f"[{','.join(parts)}]" if parts else ""


def fixed(values: Numbers, decimals: int) -> str:
    """Numbers as a JSON array in float32, fixed decimals, halves away from zero; NaN is null, and -0.0 stays."""
    scale = np.float32(10**decimals)
    scaled = values * scale
    rounded = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled).astype(float) / float(scale)
    text = ",".join([f"%.{decimals}f"] * len(rounded)) % tuple(rounded)
    return f"[{text.replace('nan', 'null')}]"


def _place(weather: Weather, location: Location) -> Place:
    """The place that answers for a location, at the height asked for."""
    place = weather.place(location.latitude, location.longitude)
    if place is None:
        raise Refusal("No data is available for this location")
    if location.elevation_m is None or not np.isfinite(location.elevation_m):
        return place
    return replace(place, elevation_m=location.elevation_m)


def _sections(query: Query, weather: Weather, places: Sequence[Place], complete_until: date) -> list[str]:
    """The daily section of each location; locations with the same days are asked of the source together."""
    if not query.daily:
        return [""] * len(places)
    ranges = [(location.first, location.last) for location in query.locations]
    sections = [""] * len(places)
    for (first, last), group in groupby(sorted(range(len(places)), key=ranges.__getitem__), key=ranges.__getitem__):
        members = list(group)
        values = weather.daily([places[member] for member in members], first, last)
        for row, member in enumerate(members):
            series = {name: values[name][row] for name in values}
            sections[member] = _section(query, query.locations[member], series, complete_until)
    return sections


def _section(query: Query, location: Location, series: Mapping[str, Array], complete_until: date) -> str:
    """Units and values of one location."""
    units, texts = [_pair("time", query.choices["timeformat"])], [f'"time":{_times(query, location)}']
    for name in query.daily:
        unit, values = _converted(query, name, _available(name, location, series, complete_until))
        units.append(_pair(name, unit))
        texts.append(f'"{name}":{fixed(values, _DECIMALS.get(unit, 0))}')
    return f',"daily_units":{{{",".join(units)}}},"daily":{{{",".join(texts)}}}'


def _available(name: str, location: Location, series: Mapping[str, Array], complete_until: date) -> Numbers:
    """A variable's values without those that are not there yet.

    East of Greenwich the day after the last complete one has some hours: its extremes come out of these alone, while
    means and sums are missing. West of it the last day's own evening is missing.
    """
    if name not in series:
        return np.full(location.days, np.nan, np.float32)
    values = series[name].astype(np.float32)
    behind = -1 if location.utc_offset_seconds < 0 else 0
    complete = (complete_until - location.first).days + 1 + behind
    values[max(complete + 1, 0) :] = np.nan
    if 0 <= complete < len(values):
        is_begun = location.utc_offset_seconds != 0 and name.endswith(("_max", "_min"))
        values[complete] = _partial(name, complete, series) if is_begun else np.nan
    return values


def _partial(name: str, day: int, series: Mapping[str, Array]) -> float:
    """An extreme of the first hours of a day: its night, when the maximum is still to come."""
    if name == "temperature_2m_max" and "temperature_2m_min" in series:
        lowest: float = series["temperature_2m_min"][day]
        return lowest + 0.3 * (float(series[name][day]) - lowest)
    value: float = series[name][day]
    return value


def _converted(query: Query, name: str, values: Numbers) -> tuple[str, Numbers]:
    """Unit and values as asked for; a variable that is not simulated has no unit."""
    if name not in VARIABLES:
        return _UNDEFINED, values
    unit = VARIABLES[name].unit
    for choice in query.choices.values():
        base, other, factor, offset = _CONVERSIONS.get(choice, ("", "", 1.0, 0.0))
        if base == unit:
            return other, values * np.float32(factor) + np.float32(offset)
    return unit, values


def _times(query: Query, location: Location) -> str:
    """The days as dates, or as seconds since 1970 in UTC of each local midnight."""
    if query.choices["timeformat"] == "unixtime":
        start = (location.first - date(1970, 1, 1)).days * 86_400 - location.utc_offset_seconds
        return f"[{','.join(str(start + 86_400 * day) for day in range(location.days))}]"
    days = [(location.first + timedelta(days=day)).isoformat() for day in range(location.days)]
    return json.dumps(days, separators=(",", ":"))


def _object(query: Query, location: Location, place: Place, section: str, milliseconds: float) -> str:
    """One location's object; the id is left out where it is 0, the height where it is unknown."""
    pairs = [
        f'"latitude":{_shortest(on_grid(place.latitude))}',
        f'"longitude":{_shortest(on_grid(place.longitude))}',
        f'"generationtime_ms":{milliseconds!r}',
        f'"utc_offset_seconds":{location.utc_offset_seconds}',
        _pair("timezone", location.timezone),
        _pair("timezone_abbreviation", _abbreviation(location.utc_offset_seconds)),
    ]
    if np.isfinite(place.elevation_m):
        pairs.append(f'"elevation":{_shortest(place.elevation_m)}')
    if location.location_id:
        pairs.append(f'"location_id":{location.location_id}')
    return f"{{{','.join(pairs)}{section}}}"


def _shortest(value: float) -> str:
    """The shortest text of a number in float32."""
    return str(np.float32(value))


def _abbreviation(offset: int) -> str:
    """GMT+1, GMT-5, GMT+9:30."""
    if not offset:
        return "GMT"
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"GMT{'-' if offset < 0 else '+'}{hours}{f':{minutes:02d}' if minutes else ''}"


def _pair(key: str, text: str) -> str:
    return f'"{key}":{json.dumps(text, ensure_ascii=False)}'

"""What Open-Meteo answered: the text cut into one body per location, each checked before anything relies on it.

A fault on the server can end a well-formed transfer with status 200 in the middle of the data, so only an answer that
parses whole, with as many locations as were asked for, counts as an answer at all.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import orjson

from meteolake.capture.packing import ArchiveRequest
from meteolake.capture.plan import Window
from meteolake.errors import SourceUnavailable
from meteolake.variables import VARIABLES

_DECODER = json.JSONDecoder()
_BOUND = re.compile(r'\},\{"latitude":')
_NUMBERS = {float, int, type(None)}
_BLANK = re.compile(r"\s*")
# The server may write what is no number as a bare `nan`, which is no JSON; as `NaN` the decoder can read past it.
_NO_NUMBER = re.compile(r"(?<=[:,\[])-?(?:nan|inf|NaN|Infinity)(?=[,}\]])")


class Broken(SourceUnavailable):
    """An answer that was paid for is not what was asked for; it is known within the capture only."""

    cause = "broken answer"


@dataclass(frozen=True)
class Answered:
    """A location's answer: its exact text, and the last day on which every variable that has data has a value."""

    window: Window
    body: str
    complete_until: date | None


@dataclass(frozen=True)
class Unusable:
    """A location whose answer cannot be used; asking again would not help."""

    window: Window
    reason: str


def read_answers(text: str, request: ArchiveRequest) -> list[Answered | Unusable]:
    """The answers of a request's windows, in their order.

    Raises:
        Broken: the text is cut, is no JSON, or holds other locations, days or values than asked.
    """
    strict = _at_its_bounds(text)
    located = _in_order(strict or _locations(text))
    if len(located) != len(request.windows):
        raise Broken(f"Open-Meteo answered {len(located)} of {len(request.windows)} locations.")
    return [
        Unusable(window, "the model has no data at this place")
        if not strict and _NO_NUMBER.search(body)
        else _checked(window, request.variables, content, body)
        for window, (content, body) in zip(request.windows, located, strict=True)
    ]


def _at_its_bounds(text: str) -> list[tuple[dict[str, Any], str]] | None:
    """Content and exact text of each location, cut where the service puts its bounds; None where that fails.

    An answer that is whole and has numbers only is read several times as fast so.
    """
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    starts = [0, *(bound.start() + 2 for bound in _BOUND.finditer(inner))]
    ends = [*(start - 1 for start in starts[1:]), len(inner)]
    bodies = [inner[start:end] for start, end in zip(starts, ends, strict=True)]
    try:
        contents = [orjson.loads(body) for body in bodies]
    except orjson.JSONDecodeError:
        return None
    is_answer = all(isinstance(content, dict) and "error" not in content for content in contents)
    return list(zip(contents, bodies, strict=True)) if is_answer else None


def _locations(text: str) -> list[tuple[dict[str, Any], str]]:
    """Content and exact text of each location."""
    readable = _NO_NUMBER.sub(lambda match: "NaN".ljust(len(match.group())), text)
    is_array = readable.lstrip().startswith("[")
    position = _skip_blank(readable, 0) + is_array
    located = []
    try:
        while True:
            start = _skip_blank(readable, position)
            content, position = _DECODER.raw_decode(readable, start)
            located.append((content, text[start:position]))
            position = _skip_blank(readable, position)
            if not (is_array and readable[position : position + 1] == ","):
                break
            position += 1
    except (ValueError, RecursionError) as error:
        raise Broken(_cut(text)) from error
    rest = readable[position:].strip()
    if rest != ("]" if is_array else "") or not all(isinstance(content, dict) for content, _ in located):
        raise Broken(_cut(text))
    if "error" in located[0][0]:
        raise Broken(f"Open-Meteo answered an error: {located[0][0].get('reason', located[0][1][:200])}")
    return located


def _skip_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _cut(text: str) -> str:
    """What is wrong with a text that is not one whole JSON answer."""
    if not text.strip():
        return "Open-Meteo answered nothing."
    return f"Open-Meteo's answer of {len(text)} characters is not whole; it ends with {text[-80:]!r}."


def _in_order(located: list[tuple[dict[str, Any], str]]) -> list[tuple[dict[str, Any], str]]:
    """The locations in the order of the request: by location_id, which the server leaves out for the first."""
    if len(located) == 1:
        return located
    ids = [content.get("location_id", 0) for content, _ in located]
    if not all(position in ids for position in range(len(located))):
        raise Broken("Open-Meteo's answer has locations twice or misses some.")
    return [located[ids.index(position)] for position in range(len(located))]


def _checked(window: Window, variables: Sequence[str], content: dict[str, Any], body: str) -> Answered | Unusable:
    """The answer of one location, or why it is not what was asked for."""
    daily, units = content.get("daily"), content.get("daily_units")
    if not isinstance(daily, dict) or not isinstance(units, dict):
        raise Broken(f"Open-Meteo's answer for {window.site.site_id} has no daily values.")
    if reason := _other_series(window, variables, content, units):
        return Unusable(window, reason)
    if reason := _wrong_days(window, daily) or _wrong_values(variables, daily, window.days):
        raise Broken(f"Open-Meteo's answer for {window.site.site_id} is not what was asked for: {reason}.")
    return Answered(window, body, _complete_until(window, variables, daily))


def _other_series(
    window: Window, variables: Sequence[str], content: Mapping[str, Any], units: Mapping[str, Any]
) -> str | None:
    """What the service gives on purpose and we cannot use: asking again would bring the same."""
    offset = content.get("utc_offset_seconds")
    if offset != window.site.utc_offset_hours * 3600:
        return f"the answer's days are those of UTC offset {offset} s, not {window.site.utc_offset_hours} h"
    for name in variables:
        unit = units.get(name)
        if unit == "undefined":
            return f"the model has no {name}: choose another model or leave the variable out"
        if unit is not None and name in VARIABLES and unit != VARIABLES[name].unit:
            return f"the answer's {name} is in {unit!r} instead of {VARIABLES[name].unit!r}"
    return None


def _wrong_days(window: Window, daily: Mapping[str, Any]) -> str | None:
    return (
        None
        if daily.get("time") == _dates(window.first_date, window.days)
        else f"its days are not {window.first_date} to {window.last_date}"
    )


@lru_cache(maxsize=64)
def _dates(first_date: date, days: int) -> list[str]:
    """The dates of a window, as the service writes them; most windows of a capture are the same."""
    return [(first_date + timedelta(days=day)).isoformat() for day in range(days)]


def _wrong_values(variables: Sequence[str], daily: Mapping[str, Any], days: int) -> str | None:
    for name in variables:
        values = daily.get(name)
        if not isinstance(values, list) or len(values) != days:
            return f"it lacks {name} or some of its days"
        if not {*map(type, values)} <= _NUMBERS:
            return f"its {name} holds something else than numbers"
    return None


def _complete_until(window: Window, variables: Sequence[str], daily: Mapping[str, list[float | None]]) -> date | None:
    """The last day with a value of every variable, leaving out those that have none at all."""
    last_days = [day for name in variables if (day := _last_with_value(daily[name])) is not None]
    return window.first_date + timedelta(days=min(last_days)) if last_days else None


def _last_with_value(values: Sequence[float | None]) -> int | None:
    return next((day for day in reversed(range(len(values))) if values[day] is not None), None)

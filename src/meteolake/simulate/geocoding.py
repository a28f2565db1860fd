"""The geocoding service's search, over a handful of places."""

import time
from collections.abc import Sequence
from typing import Any

from meteolake.simulate.decoding import Parameters, Refusal
from meteolake.sites import Site

_EXACT_LENGTH = 2
_MOST = 100
_DEFAULT_COUNT = "10"


def search(parameters: Parameters, sites: Sequence[Site]) -> dict[str, Any]:
    """The sites whose names begin with the text asked for: two letters must match exactly, fewer match nothing.

    Raises:
        Refusal: the count is no number from 1 to 100.
    """
    started = time.perf_counter()
    text = next(iter(parameters.get("name", ())), "").strip().lower()
    count = next(iter(parameters.get("count", ())), _DEFAULT_COUNT)
    if not count.isdecimal() or not 1 <= int(count) <= _MOST:
        raise Refusal(f"Parameter count must be between 1 and {_MOST}.")
    results = [_result(number, site) for number, site in enumerate(sites, start=1) if _matches(site.name.lower(), text)]
    found = {"results": results[: int(count)]} if results else {}
    return found | {"generationtime_ms": (time.perf_counter() - started) * 1000}


def _matches(name: str, text: str) -> bool:
    return name == text if len(text) <= _EXACT_LENGTH else name.startswith(text)


def _result(number: int, site: Site) -> dict[str, Any]:
    """A place as the service shows it, without its empty fields."""
    place = {
        "id": number,
        "name": site.name,
        "latitude": site.latitude,
        "longitude": site.longitude,
        "elevation": site.elevation_m,
        "feature_code": "PPL",
        "timezone": f"Etc/GMT{-site.utc_offset_hours:+d}" if site.utc_offset_hours else "GMT",
    }
    return {key: value for key, value in place.items() if value is not None}

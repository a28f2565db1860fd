"""Places by name, through Open-Meteo's geocoding service."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx

from meteolake.errors import SourceError, SourceUnavailable
from meteolake.sites import Site, standard_offset

URL = "https://geocoding-api.open-meteo.com"
_SECONDS = 10.0


def find_place(name: str, *, url: str = URL, transport: httpx.BaseTransport | None = None) -> Site:
    """The best match of a name as a site; its id is the name in lower case with hyphens.

    Raises:
        SourceError: there is no such place, or the answer is none.
        SourceUnavailable: the service cannot be reached.
    """
    try:
        with httpx.Client(transport=transport, timeout=_SECONDS) as client:
            answer = client.get(f"{url.rstrip('/')}/v1/search", params={"name": name, "count": "1", "language": "en"})
            found = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise SourceUnavailable(
            f"The geocoding service {url} cannot be asked ({error or type(error).__name__}): check the network, "
            "or write the place under [[sites.places]] yourself."
        ) from error
    try:
        results = found.get("results")
        if results:
            return _site(results[0])
    except (AttributeError, KeyError, TypeError) as error:
        raise SourceError(f"The geocoding service {url} answered something else than places: check its URL.") from error
    raise SourceError(f"No place is called {name!r}: try another spelling, or write it under [[sites.places]].")


def _site(found: Mapping[str, Any]) -> Site:
    return Site(
        "-".join(found["name"].lower().split()),
        found["name"],
        found["latitude"],
        found["longitude"],
        found.get("elevation"),
        _standard_offset(found.get("timezone", ""), found["longitude"]),
    )


def _standard_offset(timezone: str, longitude: float) -> int:
    """The zone's offset without daylight saving, in whole hours; by longitude where the zone is unknown."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return standard_offset(longitude)
    year = datetime.now(UTC).year
    moments = (datetime(year, month, 1, tzinfo=zone) for month in (1, 7))
    offsets = [offset for moment in moments if (offset := moment.utcoffset()) is not None and not moment.dst()]
    return round(offsets[0].total_seconds() / 3600) if offsets else standard_offset(longitude)

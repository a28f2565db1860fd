"""Places by name, through Open-Meteo's geocoding service."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx

from meteolake.errors import SourceError, SourceUnavailable
from meteolake.sites import Site, standard_offset

URL = "https://geocoding-api.open-meteo.com"
_SECONDS = 10.0


def find_place(name: str, *, url: str = URL, transport: httpx.BaseTransport | None = None) -> Site:
    """The best match of a name as a site; its id is the name in lower case with hyphens.

    Raises:
        SourceError: there is no such place.
        SourceUnavailable: the service cannot be reached.
    """
    try:
        with httpx.Client(transport=transport, timeout=_SECONDS) as client:
            answer = client.get(f"{url.rstrip('/')}/v1/search", params={"name": name, "count": "1", "language": "en"})
            found = answer.raise_for_status().json().get("results")
    except (httpx.HTTPError, ValueError) as error:
        raise SourceUnavailable(
            f"The geocoding service {url} cannot be asked ({error or type(error).__name__}): check the network, "
            "or write the place under [[sites.places]] yourself."
        ) from error
    if not found:
        raise SourceError(f"No place is called {name!r}: try another spelling, or write it under [[sites.places]].")
    best = found[0]
    return Site(
        "-".join(best["name"].lower().split()),
        best["name"],
        best["latitude"],
        best["longitude"],
        best.get("elevation"),
        _standard_offset(best.get("timezone", ""), best["longitude"]),
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

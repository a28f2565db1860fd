"""How far Open-Meteo's data reach, by the feed that its servers keep for each model."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from meteolake.capture.open_meteo import OpenMeteo
from meteolake.errors import SourceError, SourceUnavailable

# The model's name in a request → the name of its data set on the server.
_DATA_SETS = {
    "era5": "copernicus_era5",
    "era5_land": "copernicus_era5_land",
    "era5_seamless": "copernicus_era5",
    "ecmwf_ifs": "ecmwf_ifs",
}


@dataclass(frozen=True)
class Availability:
    """When a model's data were last updated, and the instant its data reach, which the server calls unreliable."""

    updated_at: datetime
    data_until: datetime


async def last_update(settings: OpenMeteo) -> datetime | None:
    """When the configured model's data were last updated, where that can be known."""
    try:
        async with httpx.AsyncClient(timeout=settings.connect_seconds, headers=settings.open_headers) as client:
            return (await availability(settings, client)).updated_at
    except SourceError:
        return None


async def availability(settings: OpenMeteo, client: httpx.AsyncClient) -> Availability:
    """The availability of the configured model's data; it costs no budget and needs no key.

    Raises:
        SourceError: the model has no feed.
        SourceUnavailable: the feed cannot be read now.
    """
    if settings.model not in _DATA_SETS:
        models = ", ".join(_DATA_SETS)
        raise SourceError(f"Open-Meteo keeps no availability feed for the model {settings.model!r}, only for {models}.")
    url = f"{settings.url.rstrip('/')}/data/{_DATA_SETS[settings.model]}/static/meta.json"
    try:
        feed = (await client.get(url)).raise_for_status().json()
        return Availability(_instant(feed, "last_run_availability_time"), _instant(feed, "data_end_time"))
    except (httpx.HTTPError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise SourceUnavailable(
            f"The availability feed {url} cannot be read: {error or type(error).__name__}"
        ) from error


def _instant(feed: dict[str, Any], key: str) -> datetime:
    return datetime.fromtimestamp(feed[key], UTC)

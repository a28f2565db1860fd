"""Which requests are due, by the wanted sites and what the ledger holds of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from meteolake.capture.budget import DAY
from meteolake.capture.open_meteo import OpenMeteo, place
from meteolake.capture.packing import ArchiveRequest, pack
from meteolake.capture.plan import Captured, forecast_windows, missing_windows, sweep_windows
from meteolake.lake import ledger
from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Archive, Forecast
from meteolake.sites import Site

_CAPTURED = ("site_id", "place", "variables", "first_date", "last_date", "complete_until", "captured_at")
_PLACE = ("latitude", "longitude", "elevation", "timezone")


def archive_requests(
    zones: Zones, sites: Sequence[Site], archive: Archive, now: datetime, updated_at: datetime | None = None
) -> list[ArchiveRequest]:
    """The requests that bring what the ledger lacks, and those that read old history again within its share."""
    captured = _captured(zones, archive.service, sites)
    wanted = (sites, archive.variables, archive.first_date, captured, now)
    windows = [
        *missing_windows(*wanted, updated_at=updated_at),
        *sweep_windows(*wanted, weight=archive.sweep_share * DAY.weight),
    ]
    return pack(windows, archive.variables, archive.service.limits)


def forecast_requests(zones: Zones, sites: Sequence[Site], forecast: Forecast, now: datetime) -> list[ArchiveRequest]:
    """The requests that bring today's forecast of each site that has none yet."""
    service = forecast.service
    captured = _captured(zones, service, sites)
    windows = forecast_windows(sites, forecast.variables, captured, now, service.product.days_ahead)
    return pack(windows, forecast.variables, service.limits)


def place_text(request: Mapping[str, str]) -> str:
    """What of a request says where and in which days; a site that moves or whose standard time changes has another."""
    return ", ".join(f"{key} {request[key]}" for key in _PLACE if key in request)


def _captured(zones: Zones, service: OpenMeteo, sites: Sequence[Site]) -> list[Captured]:
    """What the ledger has of the model at the places where the sites are now."""
    places = {site.site_id: place_text(place(site)) for site in sites}
    columns = ledger.columns(zones, service.product.source, service.model, _CAPTURED)
    variables_of = {text: frozenset(text.split(",")) for text in set(columns[_CAPTURED.index("variables")])}
    return [
        Captured(site_id, variables_of[variables], first_date, last_date, complete_until, captured_at)
        for site_id, where, variables, first_date, last_date, complete_until, captured_at in zip(*columns, strict=True)
        if first_date and last_date and where == places.get(site_id)
    ]

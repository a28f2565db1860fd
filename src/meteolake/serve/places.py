"""Which sites a request means, and how they are answered for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from meteolake.errors import SourceError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.lake.query import query
from meteolake.sites import Site
from meteolake.tables import FORECAST_DAILY, SITES, WEATHER_DAILY

REACH_KM = 50.0
_EARTH_RADIUS_KM = 6371.0

_SITES = """
select s.site_id, s.name, s.latitude, s.longitude, s.elevation_m, s.utc_offset_hours, d.first_date, d.last_date
from trusted.sites s
left join (
    select site_id, min(date) as first_date, max(date) as last_date from trusted.weather_daily group by site_id
) d using (site_id)
order by s.name, s.site_id
"""
_ISSUES = "select site_id, max(issue_date) as issue_date from refined.forecast_daily group by site_id"


class UnknownPlace(SourceError):
    """A request names a place that the lake does not have."""


@dataclass(frozen=True)
class KnownSite:
    """A site with the days that the lake has of it, and its newest forecast."""

    site: Site
    first_date: date | None
    last_date: date | None
    issue_date: date | None


class Directory:
    """The sites of a lake by name, read anew when a run has changed the tables behind them."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._versions: tuple[int | None, ...] = ()
        self._sites: list[KnownSite] = []

    def sites(self) -> list[KnownSite]:
        """All sites.

        Raises:
            LakeError: there are none yet.
        """
        versions = tuple(tables.version(self._zones, table) for table in (SITES, WEATHER_DAILY, FORECAST_DAILY))
        if versions != self._versions or None in versions:
            self._sites = _known_sites(self._zones)
            self._versions = versions
        return self._sites


def _known_sites(zones: Zones) -> list[KnownSite]:
    has_forecasts = tables.exists(zones, FORECAST_DAILY)
    issues = {row["site_id"]: row["issue_date"] for row in query(zones, _ISSUES).to_pylist()} if has_forecasts else {}
    return [_known_site(row, issues.get(row["site_id"])) for row in query(zones, _SITES).to_pylist()]


def by_id(sites: Sequence[KnownSite], site_ids: Sequence[str]) -> list[KnownSite]:
    """The sites of some ids.

    Raises:
        UnknownPlace: there is no such site.
    """
    known = {each.site.site_id: each for each in sites}
    if missing := [site_id for site_id in site_ids if site_id not in known]:
        raise UnknownPlace(f"There is no site '{missing[0]}': /v1/sites lists those that there are.")
    return [known[site_id] for site_id in site_ids]


def nearest(sites: Sequence[KnownSite], latitudes: Sequence[float], longitudes: Sequence[float]) -> list[KnownSite]:
    """The nearest site to each point, at most `REACH_KM` away.

    Raises:
        UnknownPlace: a point is off the Earth, or no site is near.
    """
    if len(latitudes) != len(longitudes):
        raise UnknownPlace("Parameter 'latitude' and 'longitude' must have the same number of elements")
    return [_nearest(sites, *point) for point in zip(latitudes, longitudes, strict=True)]


def _nearest(sites: Sequence[KnownSite], latitude: float, longitude: float) -> KnownSite:
    if not -90 <= latitude <= 90:
        raise UnknownPlace(f"Latitude must be in range of -90 to 90°. Given: {latitude}.")
    if not -180 <= longitude <= 180:
        raise UnknownPlace(f"Longitude must be in range of -180 to 180°. Given: {longitude}.")
    distances = [_distance_km(latitude, longitude, each.site) for each in sites]
    if not distances or min(distances) > REACH_KM:
        raise UnknownPlace(
            f"No data is available for this location: no site lies within {REACH_KM:g} km of {latitude}, {longitude}; "
            "/v1/sites lists those that there are."
        )
    return sites[int(np.argmin(distances))]


def _distance_km(latitude: float, longitude: float, site: Site) -> float:
    """Great-circle distance by the haversine formula."""
    one, other = np.radians([latitude, longitude]), np.radians([site.latitude, site.longitude])
    half = np.sin((other - one) / 2) ** 2
    return float(2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(half[0] + np.cos(one[0]) * np.cos(other[0]) * half[1])))


def _known_site(row: dict[str, object], issue_date: date | None) -> KnownSite:
    names = ("site_id", "name", "latitude", "longitude", "elevation_m", "utc_offset_hours")
    return KnownSite(Site(**{name: row[name] for name in names}), row["first_date"], row["last_date"], issue_date)  # type: ignore[arg-type]

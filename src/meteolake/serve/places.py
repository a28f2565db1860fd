"""Which sites a request means, and how they are answered for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt

from meteolake.errors import SourceError
from meteolake.sites import Site

REACH_KM = 50.0
_EARTH_RADIUS_KM = 6371.0


class UnknownPlace(SourceError):
    """A request names a place that the lake does not have."""


@dataclass(frozen=True)
class KnownSite:
    """A site with the days that the lake has of it, and its newest forecast."""

    site: Site
    first_date: date | None
    last_date: date | None
    issue_date: date | None


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
    return sites[distances.index(min(distances))]


def _distance_km(latitude: float, longitude: float, site: Site) -> float:
    """Great-circle distance by the haversine formula."""
    north, other_north, east = map(radians, (latitude, site.latitude, site.longitude - longitude))
    half = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin(east / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(min(1.0, half)))  # rounding may take antipodes beyond 1

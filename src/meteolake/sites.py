"""A site: a place whose weather the lake keeps."""

from dataclasses import dataclass
from urllib.parse import quote

from meteolake.errors import SourceError


@dataclass(frozen=True)
class Site:
    """A place with coordinates in degrees (north and east positive), elevation in m, and its standard time.

    `utc_offset_hours` fixes what a day is at the site: standard time without daylight saving; where it is unknown, the
    offset of the site's 15° time zone (`standard_offset`).

    Raises:
        SourceError: a coordinate is out of range or the id is empty.
    """

    site_id: str
    name: str
    latitude: float
    longitude: float
    elevation_m: float | None = None
    utc_offset_hours: int = 0

    def __post_init__(self) -> None:
        if not self.site_id.strip():
            raise SourceError("A site has an empty site_id: give each site an id of its own.")
        self._check("latitude", self.latitude, -90, 90)
        self._check("longitude", self.longitude, -180, 180)
        self._check("utc_offset_hours", self.utc_offset_hours, -12, 14)

    def _check(self, key: str, value: float, lower: float, upper: float) -> None:
        if not lower <= value <= upper:
            raise SourceError(
                f"Site {self.site_id!r} has {key} {value:g}: it must lie between {lower} and {upper}. "
                "Correct the site where it is defined and run again."
            )


def standard_offset(longitude: float) -> int:
    """The UTC offset in hours of the 15° time zone around a longitude."""
    return round(longitude / 15)


def slug(site_id: str) -> str:
    """A site's id as a file's name: percent-encoded, dots too, so that no two share one and none leaves its folder."""
    return quote(site_id, safe="").replace(".", "%2E")

"""A row of a table of sites as a site: numbers with decimal commas, and coordinates as weather services write them."""

import re
from collections.abc import Mapping

from meteolake.errors import SourceError
from meteolake.sites import Site, standard_offset


def site_of(row: Mapping[str, object]) -> Site:
    """The site of a row, by our column names.

    Raises:
        SourceError: a value is no number or out of range.
    """
    try:
        longitude = _degrees(row["longitude"])
        elevation, offset = _number(row.get("elevation_m")), _number(row.get("utc_offset_hours"))
        latitude = _degrees(row["latitude"])
    except ValueError as error:
        raise SourceError(f"Site {row['site_id']!r} has a value that is no number: {error}.") from error
    hours = standard_offset(longitude) if offset is None else offset
    if not float(hours).is_integer():
        raise SourceError(f"Site {row['site_id']!r} has utc_offset_hours {hours:g}: give a whole number of hours.")
    return Site(str(row["site_id"]), str(row["name"]), latitude, longitude, elevation, int(hours))


def _number(value: object) -> float | None:
    """A number, with a decimal comma too; None where there is none."""
    text = "" if value is None else str(value).strip()
    return float(text.replace(",", ".")) if text else None


def _degrees(value: object) -> float:
    """A coordinate as a number, or as degrees, minutes, seconds and hemisphere: 431825N."""
    found = re.fullmatch(r"(\d{1,3})(\d\d)(\d\d)([NSEW])", str(value).strip())
    if not found:
        return float(str(value).replace(",", "."))
    degrees, minutes, seconds, hemisphere = found.groups()
    sign = -1 if hemisphere in "SW" else 1
    return sign * (int(degrees) + int(minutes) / 60 + int(seconds) / 3600)

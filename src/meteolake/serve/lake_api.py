"""What the dashboard and other readers want beyond Open-Meteo's forms: sites and normals."""

from collections.abc import Sequence
from typing import Any

from meteolake.serve.open_meteo_api import ATTRIBUTION, WrongRequest
from meteolake.serve.places import KnownSite
from meteolake.serve.source import Source
from meteolake.variables import VARIABLES


def sites_answer(sites: Sequence[KnownSite]) -> dict[str, Any]:
    """Every site with the days that there are of it and its newest forecast."""
    return {"sites": [_site(each) for each in sites], "attribution": ATTRIBUTION}


def normals_answer(source: Source, place: KnownSite, variable: str) -> dict[str, Any]:
    """What is normal at a site by day of the year.

    Raises:
        WrongRequest: the variable is unknown, or there are no normals of it here.
    """
    if variable not in VARIABLES:
        raise WrongRequest(f"There is no variable '{variable}': choose among {', '.join(VARIABLES)}.")
    rows = source.normals(place.site.site_id, variable)
    if not rows:
        raise WrongRequest(f"There are no normals of {variable} for site '{place.site.site_id}'.")
    arrays = ("day_of_year", "mean", "q10", "q50", "q90", "wet_day_share")
    return {
        "site_id": place.site.site_id,
        "variable": variable,
        "unit": VARIABLES[variable].unit,
        "base_from": rows[0]["base_from"],
        "base_until": rows[0]["base_until"],
        **{name: [_short(row[name]) for row in rows] for name in arrays},
    }


def _site(known: KnownSite) -> dict[str, Any]:
    days = {"first_date": known.first_date, "last_date": known.last_date, "issue_date": known.issue_date}
    return vars(known.site) | days


def _short(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value

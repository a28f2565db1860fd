"""What the dashboard and other readers want beyond Open-Meteo's forms: sites, normals, scores, freshness."""

from typing import Any

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.lake.query import query
from meteolake.serve.open_meteo_api import ATTRIBUTION, WrongRequest
from meteolake.serve.places import KnownSite
from meteolake.tables import FORECAST_DAILY, SITES, WEATHER_DAILY
from meteolake.variables import VARIABLES

_NORMALS = "select * from refined.climate_normals where site_id = ? and variable = ? order by day_of_year"
_SCORES = """
select variable, lead_days,
    sum(cases)::bigint as cases,
    1 - sum(crps * cases) / nullif(sum(crps_climatology * cases), 0) as crps_skill,
    1 - sum(brier * cases) / nullif(sum(brier_climatology * cases), 0) as brier_skill,
    sum(mae * cases) / sum(cases) as mae,
    sum(coverage_80 * cases) / sum(cases) as coverage_80
from refined.forecast_scores where kind = 'held_back' group by variable, lead_days order by variable, lead_days
"""
_SCORED = """
select min(from_date) as from_date, max(until_date) as until_date from refined.forecast_scores where kind = 'held_back'
"""
_MODEL = {
    "forecasts": "maximum and minimum temperature and precipitation of the next 14 days, as quantiles",
    "knows": "the daily history of the sites of the lake up to the issue date, and nothing else: no weather model",
    "method": "ridge regression by lead on leading components of all sites' anomalies and on each site's own",
    "reference": "skill is what is saved of the score of a harmonic climatology of the same training days",
    "regions": "by distance from the equator: tropical to 23.5°, subtropical to 35°, temperate to 60°, polar",
    "documentation": "docs/forecasts.md",
}
_CARD = """
select kind, variable, case when grouping(region) = 1 then 'all' else region end as region, lead_days,
    count(distinct site_id)::bigint as sites, sum(cases)::bigint as cases,
    min(from_date) as from_date, max(until_date) as until_date,
    1 - sum(crps * cases) / nullif(sum(crps_climatology * cases), 0) as crps_skill,
    1 - sum(brier * cases) / nullif(sum(brier_climatology * cases), 0) as brier_skill,
    sum(mae * cases) / sum(cases) as mae, sum(coverage_80 * cases) / sum(cases) as coverage_80
from (select scores.*, case when abs(latitude) < 23.5 then 'tropical' when abs(latitude) < 35 then 'subtropical'
        when abs(latitude) < 60 then 'temperate' else 'polar' end as region
    from refined.forecast_scores as scores join trusted.sites using (site_id))
group by grouping sets ((kind, variable, lead_days), (kind, variable, lead_days, region))
order by kind, variable, region, lead_days
"""


def sites_answer(sites: list[KnownSite]) -> dict[str, Any]:
    """Every site with the days that there are of it and its newest forecast."""
    return {"sites": [_site(each) for each in sites], "attribution": ATTRIBUTION}


def normals_answer(zones: Zones, place: KnownSite, variable: str) -> dict[str, Any]:
    """What is normal at a site by day of the year.

    Raises:
        WrongRequest: the variable is unknown, or there are no normals of it here.
    """
    if variable not in VARIABLES:
        raise WrongRequest(f"There is no variable '{variable}': choose among {', '.join(VARIABLES)}.")
    found = query(zones, _NORMALS, [place.site.site_id, variable])
    if not found.num_rows:
        raise WrongRequest(f"There are no normals of {variable} for site '{place.site.site_id}'.")
    arrays = ("day_of_year", "mean", "q10", "q50", "q90", "wet_day_share")
    return {
        "site_id": place.site.site_id,
        "variable": variable,
        "unit": VARIABLES[variable].unit,
        "base_from": found["base_from"][0].as_py(),
        "base_until": found["base_until"][0].as_py(),
        **{name: [_short(value) for value in found[name].to_pylist()] for name in arrays},
    }


def scores_answer(zones: Zones) -> dict[str, Any]:
    """How good the forecasts are, over all sites, by variable and lead."""
    scores = [{name: _short(value) for name, value in row.items()} for row in query(zones, _SCORES).to_pylist()]
    days = query(zones, _SCORED).to_pylist()[0]
    return {"scores": scores, **days}


def model_card_answer(zones: Zones) -> dict[str, Any]:
    """What the forecasts are, and what they proved to be worth by kind of score, variable, region and lead."""
    skill = [{name: _short(value) for name, value in row.items()} for row in query(zones, _CARD).to_pylist()]
    return {"model": _MODEL, "skill": skill}


def health_answer(zones: Zones) -> dict[str, Any]:
    """How fresh the lake is.

    Raises:
        LakeError: a table that is served is not there yet.
    """
    freshness = {}
    for table in (SITES, WEATHER_DAILY, FORECAST_DAILY):
        if (extent := tables.extent(zones, table)) is None:
            raise LakeError(f"Table {table.full_name} is not there yet: fill the lake with `meteolake run`.")
        freshness[table.full_name] = {"rows": extent.rows, "version": extent.version, "until": extent.last_date}
    return {"status": "ok", "tables": freshness}


def _site(known: KnownSite) -> dict[str, Any]:
    days = {"first_date": known.first_date, "last_date": known.last_date, "issue_date": known.issue_date}
    return vars(known.site) | days


def _short(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value

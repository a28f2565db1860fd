"""What the API answers, read from a lake: always its newest state."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.lake.query import query
from meteolake.serve.places import KnownSite
from meteolake.serve.source import Row
from meteolake.sites import Site
from meteolake.tables import FORECAST_DAILY, FORECAST_SCORES, SITES, WEATHER_DAILY

_SITES = """
select s.site_id, s.name, s.latitude, s.longitude, s.elevation_m, s.utc_offset_hours, d.first_date, d.last_date
from trusted.sites s
left join (
    select site_id, min(date) as first_date, max(date) as last_date from trusted.weather_daily group by site_id
) d using (site_id)
order by s.name, s.site_id
"""
_ISSUES = "select site_id, max(issue_date) as issue_date from refined.forecast_daily group by site_id"
_FORECAST = """
select * from refined.forecast_daily
where site_id = ? and issue_date = (select max(issue_date) from refined.forecast_daily where site_id = ?)
order by variable, lead_days
"""
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
    "method": "what is left of spells, by means over 5 to 365 days; beyond it a ridge regression by lead on leading "
    "components of all sites' anomalies and on each site's own",
    "reference": "skill is what is saved of the score of a harmonic climatology of the same training days",
    "regions": "by distance from the equator: tropical to 23.5°, subtropical to 35°, temperate to 60°, polar",
    "seasons": "of the day that was forecast, by its months: djf, mam, jja, son",
    "documentation": "docs/forecasts.md",
}
# A table that an older version wrote has no seasons: it is joined with no row at all of one that has.
_CARD = """
select kind, variable, case when grouping(region) = 1 then 'all' else region end as region,
    case when grouping(season) = 1 then 'all' else season end as season, lead_days,
    count(distinct site_id)::bigint as sites, sum(cases)::bigint as cases,
    min(from_date) as from_date, max(until_date) as until_date,
    1 - sum(crps * cases) / nullif(sum(crps_climatology * cases), 0) as crps_skill,
    1 - sum(brier * cases) / nullif(sum(brier_climatology * cases), 0) as brier_skill,
    sum(mae * cases) / sum(cases) as mae, sum(coverage_80 * cases) / sum(cases) as coverage_80
from (select scores.*, case when abs(latitude) < 23.5 then 'tropical' when abs(latitude) < 35 then 'subtropical'
        when abs(latitude) < 60 then 'temperate' else 'polar' end as region
    from (from refined.forecast_scores union all by name (select null::varchar as season limit 0)) as scores
    join trusted.sites using (site_id))
group by kind, variable, lead_days, grouping sets ((), (region), (season))
having grouping(season) = 1 or season is not null
order by kind, variable, region, season, lead_days
"""


class LakeSource:
    """A lake as the source of the API; the list of sites is read anew when a run has changed the tables behind it."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._versions: tuple[int | None, ...] = ()
        self._sites: list[KnownSite] = []

    def sites(self) -> list[KnownSite]:
        """All sites, by name."""
        versions = tuple(tables.version(self._zones, table) for table in (SITES, WEATHER_DAILY, FORECAST_DAILY))
        if versions != self._versions or None in versions:
            self._sites = self._read_sites()
            self._versions = versions
        return self._sites

    def history(self, site_id: str, first_date: date, last_date: date, variables: Sequence[str]) -> list[Row]:
        """The trusted days of a site."""
        columns = ", ".join(("date", *variables))
        sql = f"select {columns} from trusted.weather_daily where site_id = ? and date between ? and ?"  # noqa: S608
        return self._rows(sql, site_id, first_date, last_date)

    def forecast(self, site_id: str) -> list[Row]:
        """The newest forecast of a site."""
        return self._rows(_FORECAST, site_id, site_id)

    def normals(self, site_id: str, variable: str) -> list[Row]:
        """The normals of a site and variable."""
        return self._rows(_NORMALS, site_id, variable)

    def scores(self) -> dict[str, Any]:
        """How good the forecasts are, over all sites, by variable and lead."""
        self._check_scores()
        [days] = self._rows(_SCORED)
        return {"scores": self._shortened(_SCORES), **days}

    def model_card(self) -> dict[str, Any]:
        """What the forecasts are, and what they proved to be worth by kind, variable, lead, region and season."""
        self._check_scores()
        return {"model": _MODEL, "skill": self._shortened(_CARD)}

    def health(self) -> dict[str, Any]:
        """Rows, version and newest day of the tables that are served."""
        freshness = {}
        for table in (SITES, WEATHER_DAILY, FORECAST_DAILY):
            if (extent := tables.extent(self._zones, table)) is None:
                raise LakeError(f"Table {table.full_name} is not there yet: fill the lake with `meteolake run`.")
            freshness[table.full_name] = {"rows": extent.rows, "version": extent.version, "until": extent.last_date}
        return {"status": "ok", "tables": freshness}

    def _read_sites(self) -> list[KnownSite]:
        has_forecasts = tables.exists(self._zones, FORECAST_DAILY)
        issues = {row["site_id"]: row["issue_date"] for row in self._rows(_ISSUES)} if has_forecasts else {}
        return [_known_site(row, issues.get(row["site_id"])) for row in self._rows(_SITES)]

    def _check_scores(self) -> None:
        if not tables.exists(self._zones, FORECAST_SCORES):
            raise LakeError("There are no scores yet: fill the lake with `meteolake run`.")

    def _shortened(self, sql: str) -> list[Row]:
        return [{name: _short(value) for name, value in row.items()} for row in self._rows(sql)]

    def _rows(self, sql: str, *parameters: object) -> list[Row]:
        rows: list[Row] = query(self._zones, sql, parameters).to_pylist()
        return rows


def _known_site(row: Row, issue_date: date | None) -> KnownSite:
    names = ("site_id", "name", "latitude", "longitude", "elevation_m", "utc_offset_hours")
    return KnownSite(Site(**{name: row[name] for name in names}), row["first_date"], row["last_date"], issue_date)


def _short(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value

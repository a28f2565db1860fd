"""The most extreme days."""

from collections.abc import Iterator

from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Section, Table
from meteolake.tables import OBSERVATION_FLAGS, OBSERVATIONS_DAILY, WEATHER_DAILY, WEATHER_FLAGS
from meteolake.tables import Table as LakeTable
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES

_SOURCES = {"archive": (WEATHER_DAILY, WEATHER_FLAGS), "stations": (OBSERVATIONS_DAILY, OBSERVATION_FLAGS)}
_KINDS = (
    ("Hottest days", TEMPERATURE_MAX, "desc"),
    ("Coldest nights", TEMPERATURE_MIN, "asc"),
    ("Wettest days", PRECIPITATION, "desc"),
)


def section(zones: Zones) -> Section:
    """Five days of each kind, of the archive and of the stations."""
    text = "The most extreme days. A record that a quality rule doubts stands here with the rule: it may be an error."
    found = [
        table
        for source, (daily, flags) in _SOURCES.items()
        if tables.exists(zones, daily)
        for table in _records(zones, source, daily, flags)
    ]
    return Section("Records", text, [], found)


def _records(zones: Zones, source: str, daily: LakeTable, flags: LakeTable) -> Iterator[Table]:
    for title, name, order in _KINDS:
        doubts = f"select site_id, date, string_agg(distinct rule, ', ') as doubt from {flags.full_name}"
        doubts += f" where variable = '{name}' group by 1, 2"
        if not tables.exists(zones, flags):
            doubts = "select null::varchar as site_id, null::date as date, null::varchar as doubt"
        rows = frame(
            zones,
            f"""
            select coalesce(s.name, d.site_id) as site, d.date, d.{name} as value, coalesce(f.doubt, '') as doubt
            from {daily.full_name} d left join trusted.sites s using (site_id)
            left join ({doubts}) f on f.site_id = d.site_id and f.date = d.date
            where d.{name} is not null order by d.{name} {order}, d.date, site limit 5
            """,
        )
        if len(rows):
            shown = rows if (rows["doubt"] != "").any() else rows.drop(columns="doubt")
            yield Table(f"{title}, {source} ({VARIABLES[name].unit})", shown)

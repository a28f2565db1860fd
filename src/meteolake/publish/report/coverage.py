"""Which days have a value."""

import numpy as np
import pandas as pd

from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.publish.report.drawing import canvas, label
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Drawing, Section, Table
from meteolake.tables import OBSERVATIONS_DAILY, WEATHER_DAILY
from meteolake.variables import TEMPERATURE_MAX, VARIABLES

_KINDS = {"archive": WEATHER_DAILY, "stations": OBSERVATIONS_DAILY}
_MOST_TICKS = 12


def section(zones: Zones) -> Section:
    """Shares of days by year and variable, and where most are missing, of the archive and of the stations."""
    text = "The share of days with a value, over all sites, from the first to the last day of each."
    drawings, lists = [], []
    for kind, table in _KINDS.items():
        if not tables.exists(zones, table):
            continue
        if len(by_year := _shares(zones, table.full_name)):
            shown = f"Share of days with a value by year and variable, {kind}."
            drawings.append(Drawing(draw(by_year, kind), shown))
        if len(gaps := _gaps(zones, table.full_name)):
            lists.append(Table(f"Most days without a maximum, {kind}", gaps))
    return Section("Coverage and gaps", text, drawings, lists)


def draw(shares: pd.DataFrame, kind: str) -> str:
    """A matrix of years and variables, darker with more of its days; variables that never came are left out."""
    shares = shares.loc[:, shares.max() > 0]
    with canvas(10, 0.3 * len(shares.columns) + 1.1) as (figure, drawn):
        axes = figure.subplots()
        image = axes.imshow(100 * shares.T, aspect="auto", cmap="Blues", vmin=0, vmax=100, interpolation="nearest")
        axes.set_yticks(range(len(shares.columns)), [label(name) for name in shares.columns])
        step = -(-len(shares) // _MOST_TICKS)
        axes.set_xticks(range(0, len(shares), step), [str(year) for year in shares.index[::step]])
        axes.set_xticks(np.arange(len(shares) - 1) + 0.5, minor=True)
        axes.set_yticks(np.arange(len(shares.columns) - 1) + 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=0.8)
        axes.tick_params(which="minor", length=0)
        axes.set_title(kind.capitalize())
        figure.colorbar(image, ax=axes, label="% of days", pad=0.01)
    return drawn()


def _shares(zones: Zones, table: str) -> pd.DataFrame:
    """The share of days with a value by year and variable."""
    counts = ", ".join(f"count({name}) as {name}" for name in VARIABLES)
    sums = ", ".join(f"sum({name}) / sum(days_there) as {name}" for name in VARIABLES)
    return frame(
        zones,
        f"""
        with ends as (select site_id, min(date) as first, max(date) as last from {table} group by 1),
        of_site as (select site_id, year, {counts} from {table} group by 1, 2),
        wanted as (
            select site_id, year,
                   date_diff('day', greatest(first, make_date(year, 1, 1)), least(last, make_date(year, 12, 31))) + 1
                       as days_there
            from ends, (select distinct year from {table})
            where year between year(first) and year(last)
        )
        select year, {sums} from wanted left join of_site using (site_id, year) group by 1 order by 1
        """,
    ).set_index("year")


def _gaps(zones: Zones, table: str) -> pd.DataFrame:
    """The sites with the most days without a maximum temperature between their first and last day."""
    return frame(
        zones,
        f"""
        select any_value(coalesce(s.name, d.site_id)) as site, min(date) as first, max(date) as last,
               date_diff('day', min(date), max(date)) + 1 - count({TEMPERATURE_MAX}) as missing
        from {table} d left join trusted.sites s using (site_id)
        group by d.site_id having missing > 0 order by missing desc, site limit 10
        """,
    )

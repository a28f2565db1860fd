"""The seasonal cycle at a few sites that stand for all."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from meteolake.lake.paths import Zones
from meteolake.publish.report.drawing import COLOURS, MONTHS, canvas
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Drawing, Section
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN

_MOST_SITES = 6
_MONTH_LENGTH = 30.44
_MIDDLES = np.array([16, 45, 76, 106, 137, 167, 198, 229, 259, 290, 320, 351])

# Those at even steps of the order by mean temperature.
_SHOWN = f"""
    with warmth as (
        select site_id, avg(mean) as mean from refined.climate_normals where variable = '{TEMPERATURE_MAX}' group by 1
    ), ranked as (
        select site_id, row_number() over (order by mean, site_id) - 1 as place, count(*) over () as sites from warmth
    )
    select site_id, place from ranked
    where place in (select round(number * (sites - 1) / greatest(least(sites, {_MOST_SITES}) - 1, 1))
                    from range({_MOST_SITES}) as steps(number))
"""


def section(zones: Zones) -> Section | None:
    """Climate diagrams, from the coldest to the warmest site."""
    daily = _normals(zones)
    if not len(daily):
        return None
    text = (
        "From the coldest to the warmest site: normals of the daily maximum (orange) and minimum (blue) with one "
        "standard deviation of single days, and the mean rain of the months (green, right scale)."
    )
    drawn = draw(daily, _monthly_rain(zones))
    return Section("Seasonal cycle", text, [Drawing(drawn, "A climate diagram of each of a few sites.")])


def draw(daily: pd.DataFrame, monthly: pd.DataFrame) -> str:
    """A climate diagram of each site."""
    places = list(daily.drop_duplicates("site_id")[["site_id", "name"]].itertuples(index=False))
    rows = -(-len(places) // 3)
    with canvas(10, 2.6 * rows) as (figure, drawn):
        grid = figure.subplots(rows, min(3, len(places)), sharex=True, sharey=True, squeeze=False)
        highest = monthly["mean"].max() if len(monthly) else 1.0
        for axes, (site_id, name) in zip(grid.ravel(), places, strict=False):
            _climate_diagram(axes, daily[daily.site_id == site_id], monthly[monthly.site_id == site_id], highest)
            axes.set_title(name)
        for axes in grid.ravel()[len(places) :]:
            axes.set_visible(False)
        for axes in grid[:, 0]:
            axes.set_ylabel("°C")
    return drawn()


def _climate_diagram(axes: Axes, daily: pd.DataFrame, rain: pd.DataFrame, highest: float) -> None:
    amounts = axes.twinx()
    amounts.bar(_MIDDLES[rain["month"] - 1], rain["mean"], 24, color=COLOURS[PRECIPITATION], alpha=0.3)
    amounts.set_ylim(0, 2.2 * highest)
    amounts.set_yticks([tick for tick in MaxNLocator(3).tick_values(0, highest) if tick <= highest])
    amounts.set_ylabel("mm a month", fontsize=8)
    amounts.spines["right"].set_visible(True)
    for name in (TEMPERATURE_MAX, TEMPERATURE_MIN):
        rows = daily[daily.variable == name]
        axes.plot(rows.day_of_year, rows["mean"], color=COLOURS[name], linewidth=1.4)
        lower, upper = rows["mean"] - rows.spread, rows["mean"] + rows.spread
        axes.fill_between(rows.day_of_year, lower, upper, color=COLOURS[name], alpha=0.18, linewidth=0)
    axes.set_xticks(_MIDDLES, list(MONTHS))
    axes.set_zorder(amounts.get_zorder() + 1)
    axes.patch.set_visible(False)


def _normals(zones: Zones) -> pd.DataFrame:
    """Normals of the temperatures of a few sites."""
    return frame(
        zones,
        f"""
        select n.site_id, s.name, variable, day_of_year, mean, spread
        from refined.climate_normals n join trusted.sites s using (site_id) join ({_SHOWN}) shown using (site_id)
        where variable in ('{TEMPERATURE_MAX}', '{TEMPERATURE_MIN}')
        order by place, variable, day_of_year
        """,
    )


def _monthly_rain(zones: Zones) -> pd.DataFrame:
    """Rain of the months of the same sites, by their mean daily rate, so that a missing day is not a dry one."""
    return frame(
        zones,
        f"""
        select site_id, month(month) as month, sum(value) / sum(days) * {_MONTH_LENGTH} as mean
        from refined.monthly_summary join ({_SHOWN}) shown using (site_id)
        where variable = '{PRECIPITATION}' group by 1, 2 order by 1, 2
        """,
    )

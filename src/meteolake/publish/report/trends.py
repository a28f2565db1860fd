"""How fast the climate of the sites changes, and whether that can be chance."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from meteolake.lake.paths import Zones
from meteolake.publish.report.drawing import COLOURS, DIVERGING, QUIET, canvas, label
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Drawing, Section
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES

_LEAST_YEARS = 10
_MOST_ROWS = 40
_SIGNIFICANCE = 0.05
_SHOWN = (TEMPERATURE_MAX, TEMPERATURE_MIN, PRECIPITATION)


def section(zones: Zones) -> Section | None:
    """Stripes of the years, and the slopes of the sites."""
    yearly, slopes = _yearly_anomalies(zones), _slopes(zones)
    drawings = []
    if len(yearly) >= _LEAST_YEARS:
        drawings.append(Drawing(draw_stripes(yearly), "A stripe for each year, red where warm, blue where cold."))
    if len(slopes):
        drawings.append(Drawing(draw(slopes), "The trend of temperatures and of precipitation at each site."))
    return Section("Trends", text(slopes), drawings) if drawings else None


def draw_stripes(yearly: pd.DataFrame) -> str:
    """A stripe for each year, red where warm and blue where cold (after Hawkins)."""
    with canvas(10, 1.7) as (figure, drawn):
        axes = figure.subplots()
        most = float(np.abs(yearly.anomaly).max()) or 1.0
        scale = ScalarMappable(Normalize(-most, most), mpl.colormaps[DIVERGING])
        axes.bar(yearly.year, 1, 1.0, color=scale.to_rgba(yearly.anomaly.to_numpy()))
        axes.set(xlim=(yearly.year.min() - 0.5, yearly.year.max() + 0.5), ylim=(0, 1), yticks=[])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines["left"].set_visible(False)
        axes.set_title("Yearly mean of the daily maximum against the mean of all years")
        figure.colorbar(scale, ax=axes, label="°C", pad=0.01)
    return drawn()


def draw(slopes: pd.DataFrame) -> str:
    """A slope with its interval for each site, or how often each slope comes where there are many sites."""
    order = slopes[slopes.variable == slopes.variable.iloc[0]].site.to_list()
    names = [name for name in _SHOWN if (slopes.variable == name).any()]
    is_listed = len(order) <= _MOST_ROWS
    with canvas(10, 0.22 * len(order) + 1.2 if is_listed else 2.9) as (figure, drawn):
        panels = figure.subplots(1, len(names), sharey=is_listed, squeeze=False)[0]
        for axes, name in zip(panels, names, strict=True):
            part = slopes[slopes.variable == name]
            if is_listed:
                _slopes_of_sites(axes, part.set_index("site").reindex(order), COLOURS[name])
            else:
                _frequencies(axes, part, COLOURS[name])
            unit = VARIABLES[name].unit + (" a year" if VARIABLES[name].roll_up == "sum" else "")
            axes.axvline(0, color=QUIET, linewidth=0.8)
            axes.set(xlabel=f"{unit}, change in ten years", title=label(name))
        handles, texts = panels[0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside upper right", ncols=2)
    return drawn()


def _slopes_of_sites(axes: Axes, slopes: pd.DataFrame, colour: str) -> None:
    place = np.arange(len(slopes))
    is_significant = _is_significant(slopes).to_numpy()
    axes.hlines(place, slopes.lower, slopes.upper, color=colour, linewidth=1.2)
    for chosen, fill, words in ((is_significant, colour, "significant"), (~is_significant, "white", "not significant")):
        axes.scatter(slopes.slope[chosen], place[chosen], s=22, c=fill, edgecolors=colour, zorder=3, label=words)
    axes.set_yticks(place, slopes.index)
    axes.set_ylim(-0.8, len(slopes) - 0.2)
    axes.grid(axis="x")


def _frequencies(axes: Axes, slopes: pd.DataFrame, colour: str) -> None:
    is_significant = _is_significant(slopes)
    parts = [slopes.slope[is_significant], slopes.slope[~is_significant]]
    axes.hist(parts, bins=40, stacked=True, color=[colour, (colour, 0.3)], label=["significant", "not significant"])
    axes.set_ylabel("sites")


def text(slopes: pd.DataFrame) -> str:
    """What the section says of the slopes."""
    start = "Years against the mean of all years, as the mean over the sites"
    if not len(slopes):
        return f"{start}. Trends of sites need ten whole years."
    found, by_chance = int(_is_significant(slopes).sum()), round(_SIGNIFICANCE * len(slopes))
    return (
        f"{start}; then Sen's slope of the yearly values with its 95 % interval, filled where the interval leaves out "
        "zero and the test of Mann and Kendall, corrected for autocorrelation, finds the slope significant "
        f"(p < {_SIGNIFICANCE}). Of {len(slopes):,} slopes {found:,} are; about {by_chance:,} would be by chance. "
        f"Years from {slopes.from_year.min()} to {slopes.until_year.max()}, at least {slopes.years.min()} at a site."
    )


def _is_significant(slopes: pd.DataFrame) -> "pd.Series[bool]":
    # Where years alternate, the correction makes the test bolder than the interval is.
    return (slopes.p_value < _SIGNIFICANCE) & (slopes.lower * slopes.upper > 0)


def _yearly_anomalies(zones: Zones) -> pd.DataFrame:
    """Whole years' mean maximum temperature against each site's mean of all its years, the mean over the sites."""
    return frame(
        zones,
        f"""
        with yearly as (
            select site_id, year, avg(value) as mean from refined.monthly_summary
            where variable = '{TEMPERATURE_MAX}' and is_complete group by 1, 2 having count(*) = 12
        ), against as (select year, mean - avg(mean) over (partition by site_id) as anomaly from yearly)
        select year, avg(anomaly) as anomaly from against group by 1 order by 1
        """,
    )


def _slopes(zones: Zones) -> pd.DataFrame:
    """Trends of the years by site, in the order of the slope of each variable."""
    return frame(
        zones,
        f"""
        select variable, coalesce(s.name, t.site_id) as site, slope_per_decade as slope, lower, upper, p_value,
               from_year, until_year, years
        from refined.trends t left join trusted.sites s using (site_id)
        where variable in {_SHOWN} and season = 'year'
        order by list_position({list(_SHOWN)}, variable), slope, site
        """,
    )

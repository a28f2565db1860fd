"""The archive against stations at the same places."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.publish.report.drawing import DIVERGING, MONTHS, canvas, label, signed
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Drawing, Section
from meteolake.tables import REANALYSIS_BIAS
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES

_LEAST_SITES = 3
_MAPPED = (TEMPERATURE_MAX, TEMPERATURE_MIN, PRECIPITATION)


def section(zones: Zones) -> Section | None:
    """Bias by variable and month, and where it is how large."""
    if not tables.exists(zones, REANALYSIS_BIAS) or not len(rows := _by_month(zones)):
        return None
    text = (
        "Archive minus station by month, the mean over the sites. The darker, the more of the mean absolute "
        "difference is systematic and can be corrected. The maps show each site's bias over the whole year."
    )
    drawings = [Drawing(draw(rows), "Bias by variable and month.")]
    sites = _by_site(zones)
    if sites.site_id.nunique() >= _LEAST_SITES:
        drawings.append(Drawing(draw_map(sites), "Bias of temperatures and precipitation at each site on a map."))
    return Section("Bias of the archive", text, drawings)


def draw(rows: pd.DataFrame) -> str:
    """A matrix of variables and months, the darker the more of the difference is systematic."""
    rows = rows.assign(share=rows.bias / rows.mae.where(rows.mae > 0, 1.0))
    table, share = (_square(rows, column) for column in ("bias", "share"))
    with canvas(10, 0.36 * len(table) + 1.0) as (figure, drawn):
        axes = figure.subplots()
        image = axes.imshow(share, aspect="auto", cmap=DIVERGING, vmin=-1, vmax=1)
        axes.set_yticks(range(len(table)), [f"{label(name)} ({VARIABLES[name].unit})" for name in table.index])
        axes.set_xticks(range(len(table.columns)), [MONTHS[int(month) - 1] for month in table.columns])
        values, shares = table.to_numpy(float), share.to_numpy(float)
        for row, column in np.ndindex(values.shape):
            colour = "white" if abs(shares[row, column]) > 0.6 else "black"
            text = signed(float(values[row, column])) if np.isfinite(values[row, column]) else ""
            axes.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
        figure.colorbar(image, ax=axes, label="bias / mean absolute\ndifference", pad=0.01)
    return drawn()


def draw_map(sites: pd.DataFrame) -> str:
    """The sites by longitude and latitude, red where the archive is above the station, blue where below."""
    names = [name for name in _MAPPED if (sites.variable == name).any()]
    with canvas(10, 3.4) as (figure, drawn):
        for place, name in enumerate(names):
            _map(figure, sites[sites.variable == name], name, (1, len(names), place + 1))
    return drawn()


def _map(figure: Figure, part: pd.DataFrame, name: str, place: tuple[int, int, int]) -> None:
    axes = figure.add_subplot(*place)
    most = float(np.abs(part.bias).max()) or 1.0
    dots = axes.scatter(
        part.longitude, part.latitude, c=part.bias, cmap=DIVERGING, vmin=-most, vmax=most, s=34, edgecolors="#6b7280"
    )
    axes.set_aspect(1 / max(0.2, float(np.cos(np.radians(part.latitude.mean())))), adjustable="datalim")
    axes.xaxis.set_major_formatter("{x:g}°")
    axes.yaxis.set_major_formatter("{x:g}°")
    axes.locator_params(nbins=5)
    axes.grid()
    axes.set_axisbelow(True)
    axes.set_title(label(name))
    unit = VARIABLES[name].unit + (" a day" if VARIABLES[name].roll_up == "sum" else "")
    figure.colorbar(dots, ax=axes, label=unit, orientation="horizontal", shrink=0.8)


def _square(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    table = rows.pivot_table(index="variable", columns="month", values=column)
    return table.reindex([name for name in VARIABLES if name in table.index])


def _by_month(zones: Zones) -> pd.DataFrame:
    """Archive minus station by variable and month, the mean over the sites."""
    return frame(
        zones,
        "select variable, month, avg(bias) as bias, avg(mae) as mae, count(*) as sites from refined.reanalysis_bias "
        "group by 1, 2 order by 1, 2",
    )


def _by_site(zones: Zones) -> pd.DataFrame:
    """Archive minus station over the whole year by site and variable, with the site's place."""
    return frame(
        zones,
        f"""
        select site_id, variable, longitude, latitude, sum(bias * days) / sum(days) as bias
        from refined.reanalysis_bias join trusted.sites using (site_id)
        where variable in {_MAPPED} group by 1, 2, 3, 4 order by 1, 2
        """,
    )

"""Climate indices over the years."""

import pandas as pd

from meteolake.climate.indices import INDICES
from meteolake.lake.paths import Zones
from meteolake.publish.report.drawing import COLOURS, canvas
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Drawing, Section
from meteolake.variables import TEMPERATURE_MIN

_SHOWN = ("txx", "tx90p", "tn10p", "fd", "rx5day", "cdd")
_COLOUR = COLOURS[TEMPERATURE_MIN]


def section(zones: Zones) -> Section | None:
    """Six of the ETCCDI's indices."""
    rows = _indices(zones)
    if not len(rows):
        return None
    text = (
        "Climate indices of the ETCCDI by year: the median of the sites that have a value, and their middle half. "
        "Years with a value at less than half of the sites are left out; a site's year may lack 15 days. Percentiles "
        f"are those of {rows.base_from.min()} to {rows.base_until.max()}, or of the years of these that a site has."
    )
    return Section("Climate extremes", text, [Drawing(draw(rows), "Six climate indices over the years.")])


def draw(rows: pd.DataFrame) -> str:
    """Years of some indices."""
    names = list(dict.fromkeys(rows.index_name))
    with canvas(10, 2.0 * -(-len(names) // 3)) as (figure, drawn):
        grid = figure.subplots(-(-len(names) // 3), 3, squeeze=False)
        for axes, name in zip(grid.ravel(), names, strict=False):
            known = rows[rows.index_name == name].set_index("year")
            part = known.reindex(range(known.index.min(), known.index.max() + 1))  # a missing year breaks the line
            axes.plot(part.index, part["median"], color=_COLOUR, linewidth=1.3, marker=".")
            axes.fill_between(part.index, part.lower, part.upper, color=_COLOUR, alpha=0.18, linewidth=0)
            axes.set_title(f"{name}: {INDICES[name].meaning.split(':')[0]}", fontsize=8)
            axes.set_ylabel({"day": "days"}.get(unit := known.unit.iloc[0], unit))
            axes.xaxis.get_major_locator().set_params(integer=True, nbins=5)
        for axes in grid.ravel()[len(names) :]:
            axes.set_visible(False)
    return drawn()


def _indices(zones: Zones) -> pd.DataFrame:
    """Some climate indices by year: median over the sites and their middle half."""
    return frame(
        zones,
        f"""
        select index_name, unit, year(first_date) as year, median(value) as median,
               quantile_cont(value, 0.25) as lower, quantile_cont(value, 0.75) as upper,
               min(base_from) as base_from, max(base_until) as base_until
        from refined.climate_indices where period = 'year' and index_name in {_SHOWN}
        group by 1, 2, 3
        qualify count(*) * 2 >= max(count(*)) over (partition by index_name)  -- few sites are other sites
        order by list_position({list(_SHOWN)}, index_name), 3
        """,
    )

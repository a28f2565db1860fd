"""What goes together on the days of a month."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from meteolake.lake.paths import Zones
from meteolake.lake.query import query
from meteolake.publish.report.drawing import DIVERGING, MONTHS, QUIET, canvas, label, line_with_band
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Drawing, Section
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES


def section(zones: Zones) -> Section:
    """All pairs of variables, and rain with temperature by month."""
    text = (
        "Pearson's correlation of the days of the same month of the year, so that the season itself does not count: on "
        "the left of all pairs, as means over months and sites; on the right of rain with the temperatures by month, "
        "the median of the sites and their middle half."
    )
    shown = "Correlations of all pairs of variables, and of rain with temperature by month."
    return Section("Correlations", text, [Drawing(draw(_pairs(zones), _rain_and_temperature(zones)), shown)])


def draw(square: pd.DataFrame, by_month: pd.DataFrame) -> str:
    """A matrix of all pairs, and rain against temperature by month."""
    with canvas(10, 0.34 * len(square) + 1.8) as (figure, drawn):
        left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
        _matrix(left, square)
        for name, rows in by_month.groupby("variable"):
            line_with_band(right, rows["month"], rows, str(name))
        right.axhline(0, color=QUIET, linewidth=0.8)
        right.set_xticks(range(1, 13), list(MONTHS))
        right.set(title="Rain with temperature", ylabel="correlation")
        if len(by_month):
            right.legend()
    return drawn()


def _matrix(axes: Axes, square: pd.DataFrame) -> None:
    names = [label(name) for name in square.columns]
    axes.imshow(square, cmap=DIVERGING, vmin=-1, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    values = square.to_numpy(float)
    for row, column in np.ndindex(values.shape):
        value = float(values[row, column])
        if np.isfinite(value) and row != column:
            colour = "white" if abs(value) > 0.6 else "black"
            text = f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
            axes.text(column, row, text, ha="center", va="center", fontsize=6.5, color=colour)
    axes.set_title("Days of the same month")


def _pairs(zones: Zones) -> pd.DataFrame:
    """Correlations of all pairs of variables within months of the year, as a square of variables."""
    names = [name for name, is_there in _known_variables(zones).items() if is_there]
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    each = ", ".join(f"corr({one}, {other}) as c{number}" for number, (one, other) in enumerate(pairs))
    mean = ", ".join(f"avg(c{number}) filter (not isnan(c{number})) as c{number}" for number in range(len(pairs)))
    square = pd.DataFrame(1.0, index=names, columns=names)
    if pairs:
        [row] = query(
            zones,
            f"select {mean} from (select {each} from trusted.weather_daily group by site_id, month(date))",
        ).to_pylist()
        for number, (one, other) in enumerate(pairs):
            square.loc[one, other] = square.loc[other, one] = row[f"c{number}"]
    return square


def _rain_and_temperature(zones: Zones) -> pd.DataFrame:
    """The correlation of rain with both temperatures by month, its median over sites and the middle half of them."""
    return frame(
        zones,
        f"""
        with each as (
            select site_id, month(date) as month, corr({PRECIPITATION}, {TEMPERATURE_MAX}) as "{TEMPERATURE_MAX}",
                   corr({PRECIPITATION}, {TEMPERATURE_MIN}) as "{TEMPERATURE_MIN}"
            from trusted.weather_daily group by 1, 2
        ), long as (unpivot each on "{TEMPERATURE_MAX}", "{TEMPERATURE_MIN}" into name variable value correlation)
        select variable, month, median(correlation) as median, quantile_cont(correlation, 0.25) as lower,
               quantile_cont(correlation, 0.75) as upper
        from long where not isnan(correlation) group by 1, 2 order by 1, 2
        """,
    )


def _known_variables(zones: Zones) -> dict[str, bool]:
    counts = ", ".join(f"count({name}) > 0 as {name}" for name in VARIABLES)
    [row] = query(zones, f"select {counts} from trusted.weather_daily").to_pylist()
    found: dict[str, bool] = row
    return found

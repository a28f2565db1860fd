"""The report's figures, as SVG."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from meteolake.climate.indices import INDICES
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES

# Okabe and Ito's colours, which colour-blind readers can tell apart.
_COLOURS = {TEMPERATURE_MAX: "#D55E00", TEMPERATURE_MIN: "#0072B2", PRECIPITATION: "#009E73"}
_QUIET = "#6b7280"
_MONTHS = "JFMAMJJASOND"
_MOST_ROWS = 40
_SIGNIFICANCE = 0.05
_MONTH_DAYS = np.array([16, 45, 76, 106, 137, 167, 198, 229, 259, 290, 320, 351])
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "meteolake",  # the same figure is the same text
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9ca3af",
    "axes.labelcolor": _QUIET,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "grid.color": "#e5e7eb",
    "legend.frameon": False,
}


def coverage(shares: pd.DataFrame) -> str:
    """A matrix of years and variables, darker with more of its days; variables that never came are left out."""
    shares = shares.loc[:, shares.max() > 0]
    with _figure(10, 0.32 * len(shares.columns) + 1.1) as (figure, drawn):
        axes = figure.subplots()
        image = axes.imshow(shares.T, aspect="auto", cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        axes.set_yticks(range(len(shares.columns)), [_label(name) for name in shares.columns])
        step = max(1, len(shares) // 12)
        axes.set_xticks(range(0, len(shares), step), [str(year) for year in shares.index[::step]])
        figure.colorbar(image, ax=axes, label="share of days", pad=0.01)
    return drawn()


def distributions(counts: dict[str, pd.DataFrame]) -> str:
    """Histograms of the temperatures and of the rain of wet days."""
    with _figure(10, 2.9) as (figure, drawn):
        left, right = figure.subplots(1, 2)
        for name in (TEMPERATURE_MIN, TEMPERATURE_MAX):
            rows = counts[name]
            left.bar(rows["value"] + 0.5, rows["days"], 1.0, color=_COLOURS[name], alpha=0.55, label=_label(name))
        left.set(xlabel="°C", ylabel="days", title="Temperature")
        left.legend()
        rain = counts[PRECIPITATION]
        width = max(1, round(float(rain["value"].max()) / 60)) if len(rain) else 1
        amounts = rain.groupby(rain["value"] // width * width)["days"].sum()
        right.bar(amounts.index + width / 2, amounts, width, color=_COLOURS[PRECIPITATION])
        right.set(xlabel="mm", ylabel="days", title="Rain of wet days", yscale="log")
    return drawn()


def seasonal_cycle(daily: pd.DataFrame, monthly: pd.DataFrame) -> str:
    """A climate diagram of each of a few sites."""
    sites = daily.drop_duplicates("site_id")[["site_id", "name"]].itertuples(index=False)
    places = list(sites)
    rows = -(-len(places) // 3)
    with _figure(10, 2.6 * rows) as (figure, drawn):
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
    amounts.bar(_MONTH_DAYS[rain["month"] - 1], rain["mean"], 24, color=_COLOURS[PRECIPITATION], alpha=0.3)
    amounts.set_ylim(0, 2.2 * highest)
    amounts.set_yticks([tick for tick in MaxNLocator(3).tick_values(0, highest) if tick <= highest])
    amounts.set_ylabel("mm a month", fontsize=8)
    amounts.spines["right"].set_visible(True)
    for name in (TEMPERATURE_MAX, TEMPERATURE_MIN):
        rows = daily[daily.variable == name]
        axes.plot(rows.day_of_year, rows["mean"], color=_COLOURS[name], linewidth=1.4)
        lower, upper = rows["mean"] - rows.spread, rows["mean"] + rows.spread
        axes.fill_between(rows.day_of_year, lower, upper, color=_COLOURS[name], alpha=0.18, linewidth=0)
    axes.set_xticks(_MONTH_DAYS, list(_MONTHS))
    axes.set_zorder(amounts.get_zorder() + 1)
    axes.patch.set_visible(False)


def correlations(square: pd.DataFrame, by_month: pd.DataFrame) -> str:
    """A matrix of all pairs, and rain against temperature by month."""
    size = len(square)
    with _figure(10, 0.34 * size + 1.8) as (figure, drawn):
        left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
        names = [_label(name) for name in square.columns]
        left.imshow(square, cmap="RdBu_r", vmin=-1, vmax=1)
        left.set_xticks(range(size), names, rotation=45, ha="right")
        left.set_yticks(range(size), names)
        values = square.to_numpy(float)
        for row, column in np.ndindex(size, size):
            value = float(values[row, column])
            if np.isfinite(value) and row != column:
                colour = "white" if abs(value) > 0.6 else "black"
                left.text(
                    column, row, f"{round(value, 2) + 0.0:.2f}", ha="center", va="center", fontsize=6, color=colour
                )
        left.set_title("Days of the same month")
        for name, rows in by_month.groupby("variable"):
            _line_with_band(right, rows["month"], rows["median"], rows, str(name))
        right.axhline(0, color=_QUIET, linewidth=0.8)
        right.set_xticks(range(1, 13), list(_MONTHS))
        right.set(title="Rain with temperature", ylabel="correlation")
        right.legend()
    return drawn()


def stripes(yearly: pd.DataFrame) -> str:
    """A stripe for each year, red where warm and blue where cold (after Hawkins)."""
    with _figure(10, 1.7) as (figure, drawn):
        axes = figure.subplots()
        most = float(np.abs(yearly.anomaly).max()) or 1.0
        axes.bar(yearly.year, 1, 1.0, color=mpl.colormaps["RdBu_r"](0.5 + yearly.anomaly / most / 2))
        axes.set(xlim=(yearly.year.min() - 0.5, yearly.year.max() + 0.5), ylim=(0, 1), yticks=[])
        axes.spines["left"].set_visible(False)
        axes.set_title(f"Yearly mean of the daily maximum, from {-most:.1f} (blue) to {most:+.1f} °C (red)")
    return drawn()


def trends(slopes: pd.DataFrame) -> str:
    """A slope with its interval for each site, or how often each slope comes where there are many sites."""
    return _slopes_of_sites(slopes) if len(slopes) <= _MOST_ROWS else _frequencies_of_slopes(slopes)


def _slopes_of_sites(slopes: pd.DataFrame) -> str:
    with _figure(10, 0.22 * len(slopes) + 1.0) as (figure, drawn):
        axes = figure.subplots()
        place = np.arange(len(slopes))
        axes.axvline(0, color=_QUIET, linewidth=0.8)
        axes.hlines(place, slopes.lower, slopes.upper, color=_COLOURS[TEMPERATURE_MAX], linewidth=1.2)
        fill = np.where(slopes.p_value < _SIGNIFICANCE, _COLOURS[TEMPERATURE_MAX], "white")
        axes.scatter(slopes.slope, place, s=22, c=fill, edgecolors=_COLOURS[TEMPERATURE_MAX], zorder=3)
        axes.set_yticks(place, slopes.site)
        axes.set(xlabel="°C in ten years", ylim=(-0.8, len(slopes) - 0.2), title="Trend of the daily maximum")
        axes.grid(axis="x")
    return drawn()


def _frequencies_of_slopes(slopes: pd.DataFrame) -> str:
    with _figure(10, 2.9) as (figure, drawn):
        axes = figure.subplots()
        is_significant = slopes.p_value < _SIGNIFICANCE
        parts = [slopes.slope[is_significant], slopes.slope[~is_significant]]
        colours = [_COLOURS[TEMPERATURE_MAX], "#f3d2bd"]
        axes.hist(parts, bins=40, stacked=True, color=colours, label=["significant", "not significant"])
        axes.axvline(0, color=_QUIET, linewidth=0.8)
        axes.set(xlabel="°C in ten years", ylabel="sites", title="Trend of the daily maximum")
        axes.legend()
    return drawn()


def indices(rows: pd.DataFrame) -> str:
    """Years of some indices."""
    names = list(dict.fromkeys(rows.index_name))
    with _figure(10, 2.0 * -(-len(names) // 3)) as (figure, drawn):
        grid = figure.subplots(-(-len(names) // 3), 3, squeeze=False)
        for axes, name in zip(grid.ravel(), names, strict=False):
            known = rows[rows.index_name == name].set_index("year")
            part = known.reindex(range(known.index.min(), known.index.max() + 1))  # a missing year breaks the line
            axes.plot(part.index, part["median"], color=_COLOURS[TEMPERATURE_MIN], linewidth=1.3, marker=".")
            axes.fill_between(
                part.index, part.lower, part.upper, color=_COLOURS[TEMPERATURE_MIN], alpha=0.18, linewidth=0
            )
            axes.set_title(f"{name}: {INDICES[name].meaning.split(':')[0]}", fontsize=8)
            axes.set_ylabel(known.unit.iloc[0])
            axes.xaxis.get_major_locator().set_params(integer=True, nbins=5)
        for axes in grid.ravel()[len(names) :]:
            axes.set_visible(False)
    return drawn()


def bias(rows: pd.DataFrame) -> str:
    """A matrix of variables and months, the darker the more of the difference is systematic."""
    table, share = (
        _by_month(rows.assign(share=rows.bias / rows.mae.where(rows.mae > 0, 1.0)), column)
        for column in ("bias", "share")
    )
    with _figure(10, 0.36 * len(table) + 1.0) as (figure, drawn):
        axes = figure.subplots()
        image = axes.imshow(share, aspect="auto", cmap="RdBu_r", vmin=-1, vmax=1)
        axes.set_yticks(range(len(table)), [f"{_label(name)} ({VARIABLES[name].unit})" for name in table.index])
        axes.set_xticks(range(len(table.columns)), [_MONTHS[int(month) - 1] for month in table.columns])
        values, shares = table.to_numpy(float), share.to_numpy(float)
        for row, column in np.ndindex(values.shape):
            colour = "white" if abs(shares[row, column]) > 0.6 else "black"
            text = f"{values[row, column]:+.2f}" if np.isfinite(values[row, column]) else ""
            axes.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
        figure.colorbar(image, ax=axes, label="bias / mean absolute\ndifference", pad=0.01)
    return drawn()


def _by_month(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    table = rows.pivot_table(index="variable", columns="month", values=column)
    return table.reindex([name for name in VARIABLES if name in table.index])


def skill(rows: pd.DataFrame) -> str:
    """Skill and coverage by lead."""
    with _figure(10, 2.9) as (figure, drawn):
        left, right = figure.subplots(1, 2)
        for name, part in rows.groupby("variable"):
            style = {"color": _COLOURS[str(name)], "marker": "o", "markersize": 3, "label": _label(str(name))}
            left.plot(part.lead_days, part.skill, **style)
            right.plot(part.lead_days, 100 * part.coverage, **style)
        left.axhline(0, color=_QUIET, linewidth=0.8)
        left.set(title="Skill against climatology", xlabel="days ahead")
        left.legend()
        right.axhspan(77, 83, color="#e5e7eb")
        right.set(title="Days inside the central 80 %", xlabel="days ahead", ylabel="%", ylim=(60, 100))
    return drawn()


def _line_with_band(axes: Axes, x: pd.Series, y: pd.Series, rows: pd.DataFrame, name: str) -> None:
    axes.plot(x, y, color=_COLOURS[name], label=_label(name), linewidth=1.4)
    axes.fill_between(x, rows["lower"], rows["upper"], color=_COLOURS[name], alpha=0.18, linewidth=0)


def _label(name: str) -> str:
    return name.replace("_2m", "").replace("_10m", "").replace("_", " ").removesuffix(" sum")


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Figure, "_Drawn"]]:
    """A figure in the report's style, in inches; call what comes with it for the SVG."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, max(height, 1.6)), layout="constrained")
        drawn = _Drawn()
        yield figure, drawn
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        drawn.svg = buffer.getvalue()


class _Drawn:
    """The SVG of a figure that is finished."""

    svg: str = ""

    def __call__(self) -> str:
        return self.svg

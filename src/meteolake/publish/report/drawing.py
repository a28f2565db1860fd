"""How the report's figures look: their style and colours, and the canvas that becomes SVG."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN

# Okabe and Ito's colours, which colour-blind readers can tell apart; the markers do so on grey paper.
COLOURS = {TEMPERATURE_MAX: "#D55E00", TEMPERATURE_MIN: "#0072B2", PRECIPITATION: "#009E73"}
MARKERS = {TEMPERATURE_MAX: "^", TEMPERATURE_MIN: "v", PRECIPITATION: "o"}
QUIET = "#6b7280"
DIVERGING = "RdBu_r"
MONTHS = "JFMAMJJASOND"
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
    "axes.labelcolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "grid.color": "#e5e7eb",
    "legend.frameon": False,
}


class Drawn:
    """The SVG of a figure that is finished."""

    svg: str = ""

    def __call__(self) -> str:
        """The SVG."""
        return self.svg


@contextmanager
def canvas(width: float, height: float) -> Iterator[tuple[Figure, Drawn]]:
    """A figure in the report's style, in inches; call what comes with it for the SVG."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, max(height, 1.6)), layout="constrained")
        drawn = Drawn()
        yield figure, drawn
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        drawn.svg = buffer.getvalue()


def label(name: str) -> str:
    """A variable's name for a figure."""
    return name.replace("_2m", "").replace("_10m", "").replace("_", " ").removesuffix(" sum")


def signed(value: float) -> str:
    """A number with its sign and two decimals, none for what rounds to nothing."""
    rounded = round(value, 2)
    return f"{rounded:+.2f}".replace("-", "−") if rounded else "0.00"


def line_with_band(axes: Axes, x: pd.Series, rows: pd.DataFrame, name: str) -> None:
    """A variable's median as a line and, around it, the middle half."""
    axes.plot(x, rows["median"], color=COLOURS[name], label=label(name), linewidth=1.4)
    axes.fill_between(x, rows["lower"], rows["upper"], color=COLOURS[name], alpha=0.18, linewidth=0)

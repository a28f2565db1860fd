"""How often each temperature and amount of rain comes."""

import pandas as pd

from meteolake.lake.paths import Zones
from meteolake.publish.report.drawing import COLOURS, canvas, label
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Drawing, Section
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, WET_DAY_MM

_MOST_CLASSES = 60


def section(zones: Zones) -> Section:
    """Histograms of the archive's days."""
    text = (
        "All sites and days of the archive, in classes of 1 °C. Rain is that of wet days, 1 mm and more; its days are "
        "counted on a logarithmic scale."
    )
    shown = "Histograms of the daily temperatures and of wet days' rain."
    return Section("Distributions", text, [Drawing(draw(_histograms(zones)), shown)])


def draw(counts: dict[str, pd.DataFrame]) -> str:
    """Histograms of the temperatures and of the rain of wet days."""
    with canvas(10, 2.9) as (figure, drawn):
        left, right = figure.subplots(1, 2)
        for name in (TEMPERATURE_MIN, TEMPERATURE_MAX):
            rows = counts[name]
            left.bar(rows["value"] + 0.5, rows["days"], 1.0, color=COLOURS[name], alpha=0.45)
            left.step(rows["value"] + 0.5, rows["days"], where="mid", color=COLOURS[name], label=label(name))
        left.set(xlabel="°C", ylabel="days", title="Daily temperatures")
        left.legend()
        rain = counts[PRECIPITATION]
        width = max(1, round(float(rain["value"].max()) / _MOST_CLASSES)) if len(rain) else 1
        amounts = rain.groupby(rain["value"] // width * width)["days"].sum()
        right.bar(amounts.index + width / 2, amounts, width, color=COLOURS[PRECIPITATION])
        right.set(xlabel=f"mm, in classes of {width} mm", ylabel="days", title="Rain of wet days", yscale="log")
    return drawn()


def _histograms(zones: Zones) -> dict[str, pd.DataFrame]:
    """Counts of days by value, in classes of 1 °C or mm, by variable."""
    condition = {PRECIPITATION: f"{PRECIPITATION} >= {WET_DAY_MM}"}
    return {
        name: frame(
            zones,
            f"select floor({name}) as value, count(*) as days from trusted.weather_daily "
            f"where {condition.get(name, f'{name} is not null')} group by 1 order by 1",
        )
        for name in (TEMPERATURE_MIN, TEMPERATURE_MAX, PRECIPITATION)
    }

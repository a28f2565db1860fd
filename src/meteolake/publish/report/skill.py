"""How good the forecasts are."""

import pandas as pd

from meteolake.lake.paths import Zones
from meteolake.publish.report.drawing import COLOURS, MARKERS, QUIET, canvas, label
from meteolake.publish.report.reading import frame
from meteolake.publish.report.section import Drawing, Section
from meteolake.tables import HELD_BACK


def section(zones: Zones) -> Section | None:
    """Skill and coverage by days ahead."""
    rows = _skill(zones)
    if not len(rows):
        return None
    text = (
        f"Forecasts of the days from {rows.from_date.min()} to {rows.until_date.max()}, which were held back from "
        "training, against climatology (1 is perfect, 0 no better): CRPS of temperatures, Brier score of the "
        "probability of 1 mm of rain. On the right how often the central 80 % held the truth; up to three points more "
        "or less are shaded. It is more often than that for rain, since the many dry days all lie on the lower bound."
    )
    return Section("Forecast skill", text, [Drawing(draw(rows), "Skill and coverage by days ahead.")])


def draw(rows: pd.DataFrame) -> str:
    """Skill and coverage by lead."""
    with canvas(10, 2.9) as (figure, drawn):
        left, right = figure.subplots(1, 2)
        right.axhspan(77, 83, color="#e5e7eb")
        right.axhline(80, color=QUIET, linewidth=0.8)
        for name, part in rows.groupby("variable"):
            looks = {"color": COLOURS[str(name)], "marker": MARKERS[str(name)], "markersize": 4}
            left.plot(part.lead_days, part.skill, label=label(str(name)), linewidth=1.2, **looks)
            right.plot(part.lead_days, 100 * part.coverage, linewidth=1.2, **looks)
        left.axhline(0, color=QUIET, linewidth=0.8)
        left.set(title="Skill against climatology", xlabel="days ahead", ylabel="skill")
        left.legend()
        right.set(title="Days inside the central 80 %", xlabel="days ahead", ylabel="% of days", ylim=(60, 100))
        for axes in (left, right):
            axes.grid(axis="y")
            axes.set_axisbelow(True)
    return drawn()


def _skill(zones: Zones) -> pd.DataFrame:
    """Skill and coverage of the forecasts of held-back days by variable and lead."""
    return frame(
        zones,
        f"""
        select variable, lead_days, min(from_date) as from_date, max(until_date) as until_date,
               1 - sum(coalesce(brier, crps) * cases)
                   / sum(coalesce(brier_climatology, crps_climatology) * cases) as skill,
               sum(coverage_80 * cases) / sum(cases) as coverage
        from refined.forecast_scores where kind = '{HELD_BACK}' group by 1, 2 order by 1, 2
        """,
    )

"""`meteolake forecast`: what the forecasts are worth."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from meteolake.cli.options import JsonOption
from meteolake.cli.output import display, out, print_json, table

forecast = typer.Typer(help="Measure what the forecasts are worth.", no_args_is_help=True)

_DAY = ["%Y-%m-%d"]
_COLUMNS = ("days ahead", "skill", "95 % interval", "CRPS", "MAE", "persistence", "within 80 %", "cases")


@forecast.callback()
def _forecast() -> None:
    """Keeps `evaluate` a command of its own."""


@forecast.command()
def evaluate(
    observations: Annotated[Path, typer.Option(help="Daily observations: a CSV, plain or gzipped.")],
    sites: Annotated[Path, typer.Option(help="Where they are from: a CSV.")],
    train_until: Annotated[datetime, typer.Option(formats=_DAY, help="Last day of training; the first issue.")],
    test_until: Annotated[datetime, typer.Option(formats=_DAY, help="Last day that is forecast.")],
    every: Annotated[int, typer.Option(help="Days from one forecast to the next.", min=1)] = 1,
    plots: Annotated[Path | None, typer.Option(help="Write charts into this folder, as SVG.")] = None,
    json: JsonOption = False,
) -> None:
    """Forecast past days from what was known before, and score.

    The model is trained once on all days up to --train-until. It then forecasts 14 days ahead from that day and from
    every --every-th after it, from nothing but what was observed up to the day of issue. The observations have the
    columns `site_id`, `date`, `temperature_max_c` and `precipitation_mm`; `temperature_min_c` is forecast, too, where
    it is there, and any other column of numbers helps to predict, whatever its name. The sites have `site_id`,
    `latitude` and `longitude`.

    Example: `meteolake forecast evaluate --observations daily.csv.gz --sites sites.csv --train-until 2013-12-31
    --test-until 2015-12-31 --every 3 --json`
    """
    from meteolake.cli.forecast_evaluation import charts, evaluated

    with display(json) as progress:
        progress.doing("training and forecasting")
        document = evaluated(observations, sites, train_until.date(), test_until.date(), every)
    written = charts(document, plots) if plots else []
    if json:
        print_json(document)
        return
    for variable in document["variables"]:
        rows = [row for row in document["scores"] if row["variable"] == variable and _is_whole(row)]
        table(
            f"{variable}: skill is that of the {rows[0]['skill_of']}", _COLUMNS, [_shown(row) for row in rows], _COLUMNS
        )
    out.print(
        f"{document['sites']} sites, {document['origins']} forecasts each, {document['seconds']:.1f} s. "
        "Skill: what is saved of the climatology's score; by season and region with --json."
    )
    for path in written:
        out.print(f"Wrote {path}")


def _is_whole(row: dict[str, Any]) -> bool:
    return bool(row["season"] == row["region"] == "all")


def _shown(row: dict[str, Any]) -> list[str]:
    interval = "" if row["skill_lower"] is None else f"{row['skill_lower']:z.3f} to {row['skill_upper']:z.3f}"
    numbers = (f"{row[name]:.2f}" for name in ("crps", "mae", "mae_persistence", "coverage_80"))
    skill = "" if row["skill"] is None else f"{row['skill']:z.3f}"
    return [str(row["lead_days"]), skill, interval, *numbers, f"{row['cases']:,}"]

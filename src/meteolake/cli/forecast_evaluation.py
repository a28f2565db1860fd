"""Evaluates the forecasts on files of observations, and draws what came of it."""

import math
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from meteolake.cli.charts import Line, chart
from meteolake.errors import SourceError
from meteolake.forecast.evaluate import evaluate
from meteolake.forecast.history import Floats, History
from meteolake.forecast.score_table import pit_rows, reliability_rows, score_rows
from meteolake.station_files import read_columns, read_places
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN

_NEEDED = {"temperature_max_c": TEMPERATURE_MAX, "precipitation_mm": PRECIPITATION}
_NAMES = {**_NEEDED, "temperature_min_c": TEMPERATURE_MIN}
_LEAST_TRAINING_DAYS = 30

Document = dict[str, Any]


def evaluated(observations: Path, sites: Path, train_until: date, test_until: date, every: int) -> Document:
    """The scores of an evaluation as one document.

    Raises:
        SourceError: a file is wrong, or holds too little before or after the training's end.
    """
    started = time.perf_counter()
    history, latitudes, longitudes = station_history(observations, sites)
    _refuse_empty(history, observations, train_until, test_until)
    ends = np.datetime64(train_until), np.datetime64(test_until)
    found = evaluate(history, latitudes, longitudes, *ends, every=every)
    rows = score_rows(found, latitudes)
    for row in rows:
        row["skill_of"] = "Brier score" if row["variable"] == PRECIPITATION else "CRPS"
    document = {
        "train_until": train_until.isoformat(),
        "test_until": test_until.isoformat(),
        "every": every,
        "sites": history.sites,
        "origins": len(found.issued),
        "seconds": round(time.perf_counter() - started, 1),
        "variables": list(found.cases),
        "scores": rows,
        "reliability": reliability_rows(found),
        "pit": pit_rows(found),
    }
    found_document: Document = _without_nan(document)
    return found_document


def station_history(observations: Path, sites: Path) -> tuple[History, Floats, Floats]:
    """The history of the sites that have a place and observations, with their latitudes and longitudes.

    Raises:
        SourceError: a file is wrong, or no site is in both.
    """
    places = read_places(sites)
    rows = read_columns(observations, tuple(_NEEDED))
    found = rows["site_id"].to_pylist()
    ids = sorted(set(found) & set(places))
    if not ids:
        raise SourceError(f"No site of {observations} is in {sites}: their columns site_id must name the same sites.")
    number = {site_id: at for at, site_id in enumerate(ids)}
    site = np.array([number.get(site_id, -1) for site_id in found])
    days = rows["date"].to_numpy().astype("datetime64[D]")
    dates = np.arange(days.min(), days.max() + np.timedelta64(1, "D"))
    here, day = site >= 0, (days - dates[0]).astype(int)
    values = {}
    for column in (name for name in rows.column_names if name not in ("site_id", "date")):
        grid = np.full((len(ids), len(dates)), np.nan)
        grid[site[here], day[here]] = rows[column].to_numpy()[here]
        values[_NAMES.get(column, column)] = grid
    values.setdefault(TEMPERATURE_MIN, np.full((len(ids), len(dates)), np.nan))
    latitudes, longitudes = np.array([places[site_id] for site_id in ids]).T
    return History(dates, values), latitudes, longitudes


def charts(document: Document, folder: Path) -> list[Path]:
    """Draw skill by lead and how reliable the chance of rain is, as SVG files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    for variable in document["variables"]:
        rows = [
            row for row in document["scores"] if row["variable"] == variable and row["season"] == row["region"] == "all"
        ]
        points = [(row["lead_days"], row["skill"] or 0.0) for row in rows]
        band = [(row["lead_days"], row["skill_lower"] or 0.0, row["skill_upper"] or 0.0) for row in rows]
        line = Line(f"{rows[0]['skill_of']} skill", points, band)
        drawn[f"skill_{variable}"] = chart(f"Skill of {variable}", "days ahead", [line])
    said = [(row["said"], row["happened"]) for row in document["reliability"] if row["lead_days"] == 1]
    if said:
        lines = [Line("one day ahead", said), Line("perfect", [(0.0, 0.0), (1.0, 1.0)])]
        drawn["reliability"] = chart("Chance of rain: said and happened", "chance said", lines)
    for name, svg in drawn.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    return [folder / f"{name}.svg" for name in drawn]


def _refuse_empty(history: History, observations: Path, train_until: date, test_until: date) -> None:
    if test_until <= train_until:
        raise SourceError(
            f"--test-until {test_until} is not after --train-until {train_until}: leave days to forecast."
        )
    before = int(np.searchsorted(history.dates, np.datetime64(train_until), side="right"))
    if before < _LEAST_TRAINING_DAYS or before >= len(history.dates):
        raise SourceError(
            f"{observations} holds {history.dates[0]} to {history.dates[-1]}: --train-until {train_until} must leave "
            f"at least {_LEAST_TRAINING_DAYS} days before it and one after it."
        )


def _without_nan(value: Any) -> Any:
    """JSON knows no NaN: what could not be measured is null."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value

"""The forecast job on the filled lake: what it publishes keeps its promises."""

import shutil
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from meteolake.build import delta
from meteolake.build.captured import Ledger
from meteolake.build.context import Context
from meteolake.build.forecast_outputs import forecast_scores
from meteolake.forecast.history import SEASONS
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Settings
from meteolake.serve.lake_source import LakeSource
from meteolake.tables import (
    CAPTURES,
    FORECAST_DAILY,
    FORECAST_SCORES,
    LEAD_DAYS,
    QUANTILES,
    WEATHER_DAILY,
    Table,
    quantile_column,
)
from meteolake.variables import FORECAST_VARIABLES, PRECIPITATION


def rows(settings: Settings, table: Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tables.dataset(settings.zones, table).to_table().to_pylist()
    return found


def test_every_site_variable_and_lead_is_forecast_once(filled: Settings) -> None:
    found = rows(filled, FORECAST_DAILY)
    keys = {(row["site_id"], row["variable"], row["lead_days"]) for row in found}
    assert len(found) == len(keys) == 6 * len(FORECAST_VARIABLES) * len(LEAD_DAYS)


def test_forecasts_are_issued_from_the_newest_day_of_each_site(filled: Settings) -> None:
    newest: dict[str, Any] = {}
    for row in rows(filled, WEATHER_DAILY):
        newest[row["site_id"]] = max(row["date"], newest.get(row["site_id"], row["date"]))
    for row in rows(filled, FORECAST_DAILY):
        assert row["issue_date"] == newest[row["site_id"]]
        assert row["valid_date"] == row["issue_date"] + timedelta(days=row["lead_days"])


def test_published_quantiles_are_complete_and_in_order(filled: Settings) -> None:
    by_key = {(row["site_id"], row["variable"], row["lead_days"]): row for row in rows(filled, FORECAST_DAILY)}
    for (site_id, variable, lead), row in by_key.items():
        values = [row[quantile_column(level)] for level in QUANTILES]
        assert all(low <= high for low, high in pairwise(values))
        assert (row["rain_probability"] is None) == (variable != PRECIPITATION)
        if variable == "temperature_2m_min":
            warmer = by_key[site_id, "temperature_2m_max", lead]
            assert all(row[quantile_column(level)] <= warmer[quantile_column(level)] for level in QUANTILES)


def test_a_forecast_without_verified_skill_says_climatology(filled: Settings) -> None:
    found = rows(filled, FORECAST_DAILY)
    assert {row["method"] for row in found} == {"model", "climatology"}
    for row in found:
        assert row["skill"] >= 0
        assert row["method"] == "climatology" or row["skill"] > 0


def test_scores_are_of_days_that_were_held_back(filled: Settings) -> None:
    for row in rows(filled, FORECAST_SCORES):
        assert row["from_date"] < row["until_date"] == date(2026, 9, 30), "the last month that is settled"
        assert row["cases"] > 0
        assert 0 <= row["coverage_80"] <= 1
        assert (row["brier"] is None) == (row["variable"] != PRECIPITATION)


def test_the_first_lead_beats_the_climatology(filled: Settings) -> None:
    first = [row for row in rows(filled, FORECAST_SCORES) if row["lead_days"] == 1]
    for variable in FORECAST_VARIABLES[:2]:
        scores = [row for row in first if row["variable"] == variable]
        assert mean(scores, "crps") < 0.9 * mean(scores, "crps_climatology")
        assert mean(scores, "coverage_80") == pytest.approx(0.8, abs=0.08)


def mean(scores: list[dict[str, Any]], name: str) -> float:
    """Over all cases of some scores."""
    return float(sum(row[name] * row["cases"] for row in scores) / sum(row["cases"] for row in scores))


def test_scores_are_told_by_the_season_of_the_day_that_was_forecast(filled: Settings) -> None:
    found = rows(filled, FORECAST_SCORES)
    assert {row["season"] for row in found} == set(SEASONS)
    keys = {tuple(row[name] for name in FORECAST_SCORES.key) for row in found}
    assert len(keys) == len(found)


def test_a_lake_whose_scores_know_no_seasons_goes_on(filled: Settings, spark: SparkSession, tmp_path: Path) -> None:
    """As an older version wrote it: it is served with what it has, and verified anew by the next run."""
    zones = Zones.below(str(shutil.copytree(Path(filled.zones.raw).parent, tmp_path / "lake")))
    old = tables.dataset(zones, FORECAST_SCORES).to_table().drop_columns(["season"])
    write_deltalake(zones.table(FORECAST_SCORES), old, mode="overwrite", schema_mode="overwrite")
    card = LakeSource(zones).model_card()["skill"]
    assert {row["season"] for row in card} == {"all"}
    assert sum(row["cases"] for row in card if row["region"] == "all") == pc.sum(old["cases"]).as_py()

    before = tables.last_write(filled.zones, FORECAST_SCORES)
    assert before is not None
    ledger = Ledger(delta.read(spark, zones, CAPTURES))
    forecast_scores(Context(spark, zones, ledger, "a newer version", after=before.inputs, through=before.inputs))
    assert {row["season"] for row in LakeSource(zones).model_card()["skill"]} == {"all", *SEASONS}

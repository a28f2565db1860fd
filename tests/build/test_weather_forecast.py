"""The forecast job on the filled lake: what it publishes keeps its promises."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from meteolake.lake import tables
from meteolake.pipeline.settings import Settings
from meteolake.tables import (
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
        assert row["skill"] is not None
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
        assert sum(row["crps"] for row in scores) < 0.9 * sum(row["crps_climatology"] for row in scores)
    assert pytest.approx(0.8, abs=0.08) == sum(row["coverage_80"] for row in first[:6]) / 6

"""The whole way on real observations: Australian stations behind the simulated archive and in a database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.conftest import Silent

from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Archive, Database, Settings
from meteolake.serve.app import create_app
from meteolake.serve.lake_source import LakeSource
from meteolake.simulate.observed import ObservedWeather
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.sites import Site
from meteolake.station_files import read_observations, read_sites
from meteolake.tables import FORECAST_DAILY, OBSERVATIONS_DAILY, QUARANTINE, WEATHER_DAILY, Table
from meteolake.variables import VARIABLES

FIRST, LAST = date(2011, 1, 1), date(2015, 12, 31)
NOW = datetime(2016, 1, 6, 12, tzinfo=UTC)
SITES = 12


@pytest.fixture(scope="module")
def stations(real_data: Path) -> tuple[list[Site], pa.Table]:
    sites = sorted(read_sites(real_data / "stations/australia_sites.csv"), key=lambda site: site.longitude)[-SITES:]
    observations = read_observations(real_data / "stations/australia_daily.csv.gz")
    is_wanted = pc.field("site_id").isin([site.site_id for site in sites]) & (pc.field("date") >= FIRST)
    return sites, observations.filter(is_wanted)


@pytest.fixture(scope="module")
def lake(stations: tuple[list[Site], pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    sites, observations = stations
    folder = tmp_path_factory.mktemp("australia")
    url = f"sqlite:///{folder / 'stations.db'}"
    load(url, sites, observations)
    with running(archive_app(ObservedWeather(observations, sites), today=NOW.date)) as archive_url:
        archive = Archive(OpenMeteo(url=archive_url), tuple(VARIABLES), FIRST)
        database = Database(url, SitesTable(), ObservationsTable())
        settings = Settings(Zones.below(str(folder / "lake")), Plan("sail", 512), database, archive)
        assert run(settings, Silent(), clock=lambda: NOW).problems == []
        later = replace(settings)
        assert not run(later, Silent(), clock=lambda: NOW.replace(hour=13)).has_changed
    return settings


def rows(settings: Settings, table: Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tables.dataset(settings.zones, table).to_table().to_pylist()
    return found


def test_every_observation_is_trusted_or_refused(lake: Settings, stations: tuple[list[Site], pa.Table]) -> None:
    _, observations = stations
    names = [name for name in VARIABLES if name in observations.column_names]
    real = {
        (row["site_id"], str(row["date"])): row
        for row in observations.to_pylist()
        if any(row[name] is not None for name in names)
    }
    for table in (OBSERVATIONS_DAILY, WEATHER_DAILY):
        kept = {(row["site_id"], str(row["date"])) for row in rows(lake, table)}
        refused = {(row["site_id"], row["date"]) for row in rows(lake, QUARANTINE) if row["table_name"] == table.name}
        assert kept | refused == set(real)
        assert not kept & refused


def test_trusted_values_are_the_observed_ones(lake: Settings, stations: tuple[list[Site], pa.Table]) -> None:
    _, observations = stations
    real = {(row["site_id"], row["date"]): row for row in observations.to_pylist()}
    for row in rows(lake, OBSERVATIONS_DAILY):
        assert row["temperature_2m_max"] == real[row["site_id"], row["date"]]["temperature_2m_max"]
        assert row["precipitation_sum"] == real[row["site_id"], row["date"]]["precipitation_sum"]


def test_an_archive_day_is_refused_only_for_a_missing_extreme(lake: Settings) -> None:
    """The file has no mean, so a day with one extreme alone has none either and looks like a part of a day."""
    refused = [row for row in rows(lake, QUARANTINE) if row["table_name"] == WEATHER_DAILY.name]
    assert {row["rule"] for row in refused} == {"whole_day"}
    assert not [row for row in rows(lake, QUARANTINE) if row["table_name"] == OBSERVATIONS_DAILY.name]


def test_forecasts_of_real_weather_have_skill_and_are_read_back(lake: Settings) -> None:
    skill = {(row["variable"], row["lead_days"]): row for row in LakeSource(lake.zones).scores()["scores"]}
    assert skill["temperature_2m_max", 1]["crps_skill"] > 0.15
    assert skill["temperature_2m_min", 1]["crps_skill"] > 0.15
    assert skill["precipitation_sum", 1]["brier_skill"] > 0.15
    # The skill of one lead is known to 0.015 from twelve neighbouring stations in 15 months: all long leads count.
    assert all(row["crps_skill"] > -0.025 for row in skill.values())
    for variable in {variable for variable, _ in skill}:
        assert np.mean([skill[variable, lead]["crps_skill"] for lead in range(7, 15)]) > -0.01
    with running(create_app(lake.zones)) as url:
        sites = httpx.get(f"{url}/v1/sites", timeout=30).json()["sites"]
        place = {"latitude": sites[0]["latitude"], "longitude": sites[0]["longitude"]}
        answer = httpx.get(f"{url}/v1/forecast", params=place, timeout=30).json()
    held = [
        row["q50"]
        for row in sorted(rows(lake, FORECAST_DAILY), key=lambda row: row["lead_days"])
        if row["site_id"] == sites[0]["site_id"] and row["variable"] == "temperature_2m_max"
    ]
    assert answer["daily"]["temperature_2m_max"] == pytest.approx(held, abs=0.051)

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.pipeline.runs import FIRST, NOW, SITES

from meteolake.build import steps
from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.pipeline.settings import Archive, Database, Settings
from meteolake.simulate.demo_sites import station_observations
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather
from meteolake.variables import VARIABLES


@pytest.fixture
def trusted_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refined steps have tests of their own; here they would take most of the time."""
    monkeypatch.setattr(building, "STEPS", steps.STEPS[:1])


@pytest.fixture
def archive_url() -> Iterator[str]:
    with running(archive_app(GeneratedWeather(), today=NOW.date)) as url:
        yield url


@pytest.fixture
def settings(archive_url: str, tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'stations.db'}"
    load(url, SITES, station_observations(SITES, FIRST, date(2026, 11, 1)))
    return Settings(
        Zones.below(str(tmp_path / "lake")),
        Plan("sail", 512),
        Database(url, SitesTable(), ObservationsTable()),
        Archive(OpenMeteo(url=archive_url), tuple(VARIABLES), FIRST),
    )


@pytest.fixture
def without_forecasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forecasts have tests of their own; training would take most of the time here."""
    monkeypatch.setattr(building, "STEPS", steps.STEPS[:2])

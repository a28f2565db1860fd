"""What every test may use: the engine, a lake filled from simulated sources, and real data where it is there."""

import os
import signal

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the commands do, and Spark: sums of another order are not equal to 1e-9

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import hypothesis
import pytest
from pyspark.sql import SparkSession

from meteolake.build import engine
from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.report import Stage
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Archive, Database, Settings
from meteolake.simulate.demo_sites import DEMO_SITES, station_observations
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather
from meteolake.variables import VARIABLES

_DATA = Path(__file__).parents[1].parent / "shared" / "data"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

# A busy machine may take its time over an example: what is tested is never how long something takes.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# Whoever runs the tests in the background ignores Ctrl-C, and so would the commands that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on Apache Spark come first: they take minutes, and one process would wait for them in the end."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in ("tests/engines/", "test_on_real_spark")))


class Silent:
    """An observer that looks away."""

    def doing(self, what: str, done: int = 0, of: int | None = None) -> None:
        """Say nothing."""

    def finished(self, stage: Stage) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A session of the embedded engine."""
    with engine.session("sail", memory_mb=1024) as session:
        yield session


@pytest.fixture
def zones(tmp_path: Path) -> Zones:
    """An empty lake of its own for each test."""
    return Zones.below(str(tmp_path / "lake"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real observations; tests that need it are skipped where it is missing."""
    if not _DATA.is_dir():
        pytest.skip(f"the real observations are not there ({_DATA.name}/ beside the checkout)")
    return _DATA


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake that was filled from simulated sources on 2 November 2026: six cities, three years. Tests only read it."""
    folder = tmp_path_factory.mktemp("filled")
    first, last = date(2023, 11, 1), date(2026, 11, 1)
    sites = DEMO_SITES[::4]
    url = f"sqlite:///{folder / 'stations.db'}"
    load(url, sites, station_observations(sites, first, last))
    with running(archive_app(GeneratedWeather(), today=NOW.date)) as archive_url:
        archive = Archive(OpenMeteo(url=archive_url), tuple(VARIABLES), first)
        zones = Zones.below(str(folder / "lake"))
        settings = Settings(zones, Plan("sail", 512), Database(url, SitesTable(), ObservationsTable()), archive)
        report = run(settings, Silent(), clock=lambda: NOW)
    assert report.problems == []
    return settings

"""Lakes whose raw objects are given to other engines."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest

from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Archive, Database, Settings
from meteolake.simulate.observed import ObservedWeather
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.station_files import read_observations, read_sites
from meteolake.variables import VARIABLES
from tests.conftest import Silent

SITES = ("AU009021", "AU023090", "AU040842", "AU086282")
FIRST, NOW = date(2013, 1, 1), datetime(2015, 12, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Runs:
    """A lake after its last run, and copies of its raw zone after each run."""

    zones: Zones
    raw: Sequence[Path]


@pytest.fixture(scope="session")
def generated(filled: Settings) -> Runs:
    """Six cities of generated weather, filled in one run."""
    return Runs(filled.zones, [Path(filled.zones.raw)])


@pytest.fixture(scope="session")
def australian(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Four Australian stations, as archive and as stations, in two runs three weeks apart."""
    folder = tmp_path_factory.mktemp("australian")
    sites = [site for site in read_sites(real_data / "stations/australia_sites.csv") if site.site_id in SITES]
    observed = read_observations(real_data / "stations/australia_daily.csv.gz")
    observed = observed.filter(pc.field("site_id").isin(SITES) & (pc.field("date") >= FIRST))
    url, zones, copies = f"sqlite:///{folder / 'stations.db'}", Zones.below(str(folder / "lake")), []
    for now in (NOW, NOW + timedelta(days=21)):
        load(url, sites, observed.filter(pc.field("date") < now.date()))
        with running(archive_app(ObservedWeather(observed, sites), today=now.date)) as archive_url:
            archive = Archive(OpenMeteo(url=archive_url), tuple(VARIABLES), FIRST)
            settings = Settings(zones, Plan("sail", 512), Database(url, SitesTable(), ObservationsTable()), archive)
            assert run(settings, Silent(), clock=lambda now=now: now).problems == []  # type: ignore[misc]
        copies.append(Path(shutil.copytree(zones.raw, folder / f"raw-{len(copies)}")))
    return Runs(zones, copies)

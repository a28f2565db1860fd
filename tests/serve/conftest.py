from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.conftest import NOW, Silent

from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Archive, Settings
from meteolake.simulate.demo_sites import DEMO_SITES
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather
from meteolake.variables import PRECIPITATION


def of_one_site(folder: Path, first: date) -> Settings:
    """A lake with the precipitation of Amsterdam alone."""
    zones = Zones.below(str(folder / "lake"))
    with running(archive_app(GeneratedWeather(), today=NOW.date)) as url:
        archive = Archive(OpenMeteo(url=url), (PRECIPITATION,), first)
        settings = Settings(zones, Plan("sail", 512), None, archive, places=DEMO_SITES[:1])
        assert run(settings, Silent(), clock=lambda: NOW).problems == []
    return settings


@pytest.fixture(scope="session")
def rain_alone(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake that keeps no temperatures, and little of the rain."""
    return of_one_site(tmp_path_factory.mktemp("rain"), date(2026, 6, 1))


@pytest.fixture(scope="session")
def without_weather(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake whose site begins on a day that the archive does not have yet."""
    return of_one_site(tmp_path_factory.mktemp("nothing"), NOW.date() - timedelta(days=1))

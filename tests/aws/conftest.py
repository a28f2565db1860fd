"""An AWS on loopback, sources to capture from, and a lake that a local run made of them."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.aws.cloud import Cloud, running
from tests.aws.loopback import CREDENTIALS
from tests.aws.runs import LAKE_BUCKET, SITE, WORK_BUCKET
from tests.conftest import NOW, Silent

from meteolake.aws.storage import reach
from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake import access
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.run import capture, run
from meteolake.pipeline.settings import Archive, Database, Settings
from meteolake.simulate.demo_sites import DEMO_SITES, station_observations
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running as serving
from meteolake.simulate.weather import GeneratedWeather

VARIABLES = ("temperature_2m_max", "temperature_2m_min", "precipitation_sum")


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Two cities with two years of simulated weather; the lake's place is to be filled in."""
    folder = tmp_path_factory.mktemp("sources")
    first, last = date(2024, 11, 1), date(2026, 11, 1)
    sites = DEMO_SITES[:2]
    url = f"sqlite:///{folder / 'stations.db'}"
    load(url, sites, station_observations(sites, first, last))
    with serving(archive_app(GeneratedWeather(), today=NOW.date)) as archive_url:
        archive = Archive(OpenMeteo(url=archive_url), VARIABLES, first)
        database = Database(url, SitesTable(), ObservationsTable())
        yield Settings(Zones.below(str(folder / "lake")), Plan("sail", 512), database, archive)


@pytest.fixture(scope="session")
def local(sources: Settings) -> Settings:
    """A lake on this machine that the embedded engine made of the sources. Tests only read it."""
    assert run(sources, Silent(), clock=lambda: NOW).problems == []
    return sources


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An AWS with the stack's buckets, which this process reaches as a command would; the environment is put back."""
    before = dict(os.environ)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with running() as started:
        s3 = started.account.client("s3")
        for bucket in (LAKE_BUCKET, WORK_BUCKET):
            s3.create_bucket(Bucket=bucket)
        reach(started.account, LAKE_BUCKET)
        yield started
    access.renew_by(lambda: "")
    for name in set(os.environ) - set(before):
        del os.environ[name]


@pytest.fixture
def on_s3(sources: Settings, cloud: Cloud) -> Settings:
    """The sources, with a lake in a bucket that is empty yet."""
    return replace(sources, zones=Zones.below(f"s3://{LAKE_BUCKET}"))


@pytest.fixture(scope="session")
def captured(sources: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw zone of a lake that was captured and not refined."""
    zones = Zones.below(str(tmp_path_factory.mktemp("captured")))
    assert capture(replace(sources, zones=zones), Silent(), clock=lambda: NOW).problems == []
    return Path(zones.raw)


@pytest.fixture
def to_refine(captured: Path, cloud: Cloud) -> Settings:
    """A lake in a bucket, captured and not refined, that asks no source."""
    s3 = cloud.account.client("s3")
    for path in captured.rglob("*"):
        if path.is_file() and "lease" not in path.parts:
            s3.upload_file(str(path), LAKE_BUCKET, f"raw/{path.relative_to(captured)}")
    return Settings(Zones.below(f"s3://{LAKE_BUCKET}"), Plan("sail", 512), None, None, places=(SITE,))

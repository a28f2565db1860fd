"""The same jobs on Apache Spark, in environments of their own, give the same tables as on the embedded engine.

Of the two lakes, Spark makes the generated one in a bucket and the Australian one on disk.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.aws import cloud, loopback
from tests.conftest import Silent
from tests.equal_tables import assert_equal
from tests.spark_environments import spark_environment

from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Archive, Database, Settings
from meteolake.simulate.observed import ObservedWeather
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.station_files import read_observations, read_sites
from meteolake.tables import CAPTURES, TABLES, Table
from meteolake.variables import VARIABLES

SITES = ("AU009021", "AU023090", "AU066062", "AU086282")
FIRST, NOW = date(2013, 1, 1), datetime(2015, 12, 20, 12, tzinfo=UTC)
ENVIRONMENTS = {"spark 3.5": ".venv-spark", "spark 4.0": ".venv-spark4"}
BUCKET = "lake-bucket"
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
BUILD = """
import sys
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan, build
for stage in build(Zones.below(sys.argv[1]), sys.argv[2], Plan("spark", 2048), lambda step, table: None):
    print(stage)
"""


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
    url, zones, copies = f"sqlite:///{folder / 'stations.db'}", Zones.below(str(folder / "lake")), list[Path]()
    for now in (NOW, NOW + timedelta(days=21)):
        load(url, sites, observed.filter(pc.field("date") < now.date()))
        with running(archive_app(ObservedWeather(observed, sites), today=now.date)) as archive_url:
            archive = Archive(OpenMeteo(url=archive_url), tuple(VARIABLES), FIRST)
            settings = Settings(zones, Plan("sail", 512), Database(url, SitesTable(), ObservationsTable()), archive)
            assert run(settings, Silent(), clock=lambda now=now: now).problems == []  # type: ignore[misc]
        copies.append(Path(shutil.copytree(zones.raw, folder / f"raw-{len(copies)}")))
    return Runs(zones, copies)


@pytest.fixture(scope="module", params=["generated", "australian"])
def runs(request: pytest.FixtureRequest) -> Runs:
    """A lake that the embedded engine made, in one run or in two."""
    found: Runs = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def python(request: pytest.FixtureRequest) -> Path:
    """The interpreter of an environment with classic PySpark."""
    return spark_environment(ENVIRONMENTS[request.param]) / "bin" / "python"


@pytest.fixture(scope="module")
def on_spark(python: Path, runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Zones:
    """A lake that Spark made from the same raw objects, in as many runs."""
    lake = tmp_path_factory.mktemp("on-spark") / "lake"
    if len(runs.raw) == 1:
        in_a_bucket(python, runs.raw[0], lake)
    else:
        on_disk(python, runs.raw, lake)
    return Zones.below(str(lake))


def on_disk(python: Path, raws: Sequence[Path], lake: Path) -> None:
    """Make a lake of raw zones, of one after the other."""
    for number, raw in enumerate(raws):
        shutil.rmtree(lake / "raw", ignore_errors=True)
        shutil.copytree(raw, lake / "raw")
        build(python, str(lake), f"run {number}")


def in_a_bucket(python: Path, raw: Path, lake: Path) -> None:
    """Make a lake of a raw zone in a bucket, and bring it here."""
    with cloud.running() as aws:
        s3 = boto3.client("s3", endpoint_url=aws.url, region_name=loopback.REGION, **KEYS)
        s3.create_bucket(Bucket=BUCKET)
        for path in raw.rglob("*"):
            if path.is_file() and "lease" not in path.parts:
                s3.upload_file(str(path), BUCKET, f"lake/raw/{path.relative_to(raw)}")
        reached = {"AWS_REGION": loopback.REGION, "AWS_ENDPOINT_URL": aws.url, "AWS_ALLOW_HTTP": "true"}
        build(python, f"s3://{BUCKET}/lake", "run", loopback.CREDENTIALS | reached)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for key in (each["Key"] for each in page["Contents"]):
                (lake.parent / key).parent.mkdir(parents=True, exist_ok=True)
                if not key.endswith("/"):  # what Spark takes for a folder
                    s3.download_file(BUCKET, key, str(lake.parent / key))


def build(python: Path, lake: str, run_id: str, environment: Mapping[str, str] | None = None) -> None:
    done = built(python, lake, run_id, environment or {})
    if "unresolved dependency" in done.stderr or "UNRESOLVED DEPENDENCIES" in done.stderr:
        pytest.skip("Spark's jars cannot be fetched by their Maven coordinates from here")
    assert done.returncode == 0, done.stderr[-3000:]


def built(python: Path, lake: str, run_id: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    # The embedded engine's client leaves variables behind that would make a client of this PySpark, too.
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    plain["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1"  # compiles less; the lakes are small
    command = [str(python), "-c", BUILD, lake, run_id]
    return subprocess.run(command, capture_output=True, text=True, timeout=1200, env=plain | dict(environment))


def rows(zones: Zones, table: Table) -> pa.Table:
    """The table's rows in the order of their key, without the id of the run that made them."""
    names = [name for name in table.names if name != "run_id"]
    return tables.dataset(zones, table).to_table(columns=names).sort_by([(name, "ascending") for name in table.key])


MADE = [table for table in TABLES if table is not CAPTURES]


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("table", MADE, ids=[table.name for table in MADE])
def test_a_table_is_the_same_value_by_value(runs: Runs, on_spark: Zones, table: Table) -> None:
    assert tables.exists(on_spark, table) == tables.exists(runs.zones, table)
    if not tables.exists(on_spark, table):
        return
    assert_equal(rows(runs.zones, table), rows(on_spark, table), table.full_name)


def test_jars_that_cannot_be_fetched_are_named(python: Path, generated: Runs, tmp_path: Path) -> None:
    shutil.copytree(generated.raw[0], tmp_path / "lake" / "raw")
    no_network = f"-Duser.home={tmp_path} -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9"
    done = built(python, str(tmp_path / "lake"), "run", {"JAVA_TOOL_OPTIONS": no_network})
    assert re.search(
        "StepFailed: Apache Spark did not start.* to fetch io.delta:delta-spark_[^ ]+ from Maven", done.stderr
    )
    assert not (tmp_path / "lake" / "trusted").exists()

"""The same jobs on Apache Spark, in environments of their own, give the same tables as on the embedded engine."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.equal_tables import assert_equal

from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.report import Stage
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
ROOT = Path(__file__).parents[2]
ENVIRONMENTS = {"spark 3.5": ".venv-spark", "spark 4.0": ".venv-spark4"}
BUILD = """
import sys
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan, build
for stage in build(Zones.below(sys.argv[1]), sys.argv[2], Plan("spark", 2048), lambda step, table: None):
    print(stage)
"""


class Silent:
    """An observer that looks away."""

    def doing(self, what: str, done: int = 0, of: int | None = None) -> None:
        """Say nothing."""

    def finished(self, stage: Stage) -> None:
        """Say nothing."""


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
def on_spark(request: pytest.FixtureRequest, runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Zones:
    """A lake that Spark made from the same raw objects, in as many runs."""
    python = ROOT / ENVIRONMENTS[request.param] / "bin" / "python"
    if not python.exists():
        pytest.skip(f"there is no environment with classic PySpark at {python.parents[1].name}: `make spark` makes it")
    if shutil.which("java") is None:
        pytest.skip("Apache Spark needs a JDK 17 (Debian: apt install openjdk-17-jre-headless)")
    lake = tmp_path_factory.mktemp("on-spark") / "lake"
    for number, raw in enumerate(runs.raw):
        shutil.rmtree(lake / "raw", ignore_errors=True)
        shutil.copytree(raw, lake / "raw")
        build(python, lake, f"run {number}")
    return Zones.below(str(lake))


def build(python: Path, lake: Path, run_id: str) -> None:
    # The embedded engine's client leaves variables behind that would make a client of this PySpark, too.
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    command = [str(python), "-c", BUILD, str(lake), run_id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, env=plain)
    if "unresolved dependency" in done.stderr or "UNRESOLVED DEPENDENCIES" in done.stderr:
        pytest.skip("Delta's jars cannot be fetched by their Maven coordinates from here")
    assert done.returncode == 0, done.stderr[-3000:]


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

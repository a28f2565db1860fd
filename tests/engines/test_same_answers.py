"""The same jobs on Apache Spark, in environments of their own, give the same tables as on the embedded engine."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.tables import CAPTURES, TABLES, Table
from tests.engines.conftest import Runs

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = {"spark 3.5": ".venv-spark", "spark 4.0": ".venv-spark4"}
BUILD = """
import sys
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan, build
for stage in build(Zones.below(sys.argv[1]), sys.argv[2], Plan("spark", 2048), lambda step, table: None):
    print(stage)
"""


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
    ours, theirs = rows(runs.zones, table), rows(on_spark, table)
    assert ours.num_rows == theirs.num_rows
    for name in ours.column_names:
        if pa.types.is_floating(ours[name].type):
            one, other = (each[name].to_numpy(zero_copy_only=False).astype(float) for each in (ours, theirs))
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=name)
        else:
            assert ours[name].to_pylist() == theirs[name].to_pylist(), name

"""The proof: what the orchestrator submitted is really executed, and its tables are those of a local run."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from tests.aws.cloud import Cloud
from tests.aws.installations import INSTALLATIONS, Installation
from tests.aws.runs import AT_ONCE, LIMITS, STACK, STEPS, WORK_BUCKET, alive, go, machines, steps_of, waiting
from tests.aws.spark_submit import SparkSubmit
from tests.aws.steps import stepping
from tests.equal_tables import assert_equal

from meteolake.aws.emr import Emr
from meteolake.aws.emr_serverless import EmrServerless
from meteolake.aws.packages import wheels_for
from meteolake.errors import MeteolakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Settings
from meteolake.tables import CAPTURES, TABLES, Table

PATIENCE = replace(AT_ONCE, least=0.5, most=0.5, step=1500)  # the steps need the processors more than the looking
OF_A_RUN = ("run_id", "captured_at", "raw_object", "issued_at")


@pytest.fixture(scope="module", params=INSTALLATIONS)
def installation(request: pytest.FixtureRequest) -> Installation:
    """Classic PySpark in the place of a release of EMR."""
    found = INSTALLATIONS[request.param]
    found.home()
    return found


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the jobs import, fetched and packed once."""
    made = wheels_for("x86_64", tmp_path_factory.mktemp("wheels"))
    try:
        made.make(made.path)
    except MeteolakeError as error:
        pytest.skip(f"no package index can be reached: {error}")
    return made.path


@pytest.fixture
def spark(installation: Installation, wheels: Path, cloud: Cloud, tmp_path: Path) -> SparkSubmit:
    """Machines that really execute, and a work bucket that holds the wheels already."""
    cloud.account.client("s3").upload_file(str(wheels), WORK_BUCKET, wheels_for("x86_64", tmp_path).key)
    return SparkSubmit(cloud, installation, tmp_path)


@pytest.mark.timeout(3000)  # a busy machine may take its time
@pytest.mark.parametrize("kind", ["emr", "emr-serverless"])
def test_a_run_on_emr_makes_the_tables_of_a_local_run(
    kind: str, on_s3: Settings, local: Settings, cloud: Cloud, spark: SparkSubmit
) -> None:
    def compute() -> Emr | EmrServerless:
        release = spark.installation.release
        if kind == "emr":
            return Emr(cloud.account, STACK, replace(machines(), release=release))
        return EmrServerless(cloud.account, STACK, replace(LIMITS, release=release))

    with stepping(cloud, spark) as runner:
        report = go(on_s3, compute(), PATIENCE)
        assert report.problems == []
        assert steps_of(runner.executed) == STEPS
        assert alive(cloud) == waiting(cloud) == []
        assert_same_tables(local.zones, on_s3.zones)
        assert not go(on_s3, compute(), PATIENCE).has_changed
        assert steps_of(runner.executed) == STEPS


def assert_same_tables(here: Zones, there: Zones) -> None:
    for table in TABLES:
        if table is not CAPTURES:
            assert tables.exists(there, table) == tables.exists(here, table), table.name
            if tables.exists(here, table):
                assert_equal(rows(here, table), rows(there, table), table.name)


def rows(zones: Zones, table: Table) -> pa.Table:
    """The table's rows in the order of their key, without what each run has of its own."""
    names = [name for name in table.names if name not in OF_A_RUN]
    key = [(name, "ascending") for name in table.key if name in names]
    return tables.dataset(zones, table).to_table(columns=names).sort_by(key)

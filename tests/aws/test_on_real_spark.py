"""The proof: what the orchestrator submitted is really executed, and its tables are those of a local run."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from tests.aws.cloud import Cloud
from tests.aws.runs import AT_ONCE, STACK, STEPS, alive, go, steps_of, waiting
from tests.aws.spark_submit import SparkSubmit, spark_home
from tests.aws.steps import stepping
from tests.equal_tables import assert_equal

from meteolake.aws.emr import Emr
from meteolake.aws.emr_serverless import EmrServerless, Limits
from meteolake.aws.machines import Machines
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Settings
from meteolake.tables import CAPTURES, TABLES, Table

PATIENCE = replace(AT_ONCE, step=1500)
OF_A_RUN = ("run_id", "captured_at", "raw_object", "issued_at")


def rows(zones: Zones, table: Table) -> pa.Table:
    """The table's rows in the order of their key, without what each run has of its own."""
    names = [name for name in table.names if name not in OF_A_RUN]
    key = [(name, "ascending") for name in table.key if name in names]
    return tables.dataset(zones, table).to_table(columns=names).sort_by(key)


@pytest.mark.timeout(3000)  # a busy machine may take its time
def test_a_run_on_emr_makes_the_tables_of_a_local_run(
    on_s3: Settings, local: Settings, cloud: Cloud, tmp_path: Path
) -> None:
    spark = SparkSubmit(cloud, spark_home(), tmp_path)
    machines = Machines("emr-7.13.0", "m5.xlarge", "m5.xlarge", 2, True, 10, False)
    with stepping(cloud, spark) as runner:
        try:
            report = go(on_s3, Emr(cloud.account, STACK, machines), PATIENCE)
        finally:
            for name, outcome in spark.outcomes.items():
                print(name, outcome.exit_code, outcome.stdout, outcome.stderr[-3000:])
    assert report.problems == []
    assert steps_of(runner.executed) == STEPS
    assert alive(cloud) == waiting(cloud) == []
    for table in TABLES:
        if table is not CAPTURES:
            assert tables.exists(on_s3.zones, table) == tables.exists(local.zones, table), table.name
            if tables.exists(local.zones, table):
                assert_equal(rows(local.zones, table), rows(on_s3.zones, table), table.name)
    with stepping(cloud, spark) as runner:
        limits = Limits("emr-7.13.0", 16, 64, 5, 60)
        again = go(on_s3, EmrServerless(cloud.account, STACK, limits), PATIENCE)
    assert not again.has_changed
    assert runner.executed == []

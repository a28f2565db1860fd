"""Runs what was submitted to the simulated EMR: takes the steps in their order, sets their states, writes their logs.

What a step does is a seam: `spark_submit.py` really runs it, `pretend` (below) only leaves behind what a step would.
"""

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
from deltalake import CommitProperties, write_deltalake
from tests.aws.cloud import Cloud, Submitted
from tests.aws.runs import WORK_BUCKET

from meteolake.build.making import Plan, due
from meteolake.build.steps import STEPS
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import LakeLog
from meteolake.tables import Table, Type


@dataclass(frozen=True)
class Outcome:
    """How a step ended, and what it said."""

    exit_code: int
    stdout: str = ""
    stderr: str = ""


@dataclass
class StepRunner:
    """Executes one submitted job at a time, and remembers their names."""

    cloud: Cloud
    execute: Callable[[Submitted], Outcome]
    executed: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until it is stopped."""
        while not self._stop.is_set():
            if waiting := self.cloud.backends.submitted():
                self._run(waiting[0])
            else:
                time.sleep(0.02)

    def stop(self) -> None:
        """After the job that runs now."""
        self._stop.set()

    def _run(self, job: Submitted) -> None:
        self.cloud.backends.set_state(job, "RUNNING")
        outcome = self.execute(job)
        self.executed.append(job.name)
        self._keep_log(job, outcome)
        self.cloud.backends.set_state(job, "FAILED" if outcome.exit_code else "COMPLETED")

    def _keep_log(self, job: Submitted, outcome: Outcome) -> None:
        folder = (
            f"logs/emr/{job.place}/steps/{job.job_id}"
            if job.kind == "emr"
            else f"logs/serverless/applications/{job.place}/jobs/{job.job_id}/SPARK_DRIVER"
        )
        s3 = self.cloud.account.client("s3")
        for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
            s3.put_object(Bucket=WORK_BUCKET, Key=f"{folder}/{name}.gz", Body=gzip.compress(text.encode()))


@contextlib.contextmanager
def stepping(cloud: Cloud, execute: Callable[[Submitted], Outcome]) -> Iterator[StepRunner]:
    """A runner at work beside the block."""
    runner = StepRunner(cloud, execute)
    thread = threading.Thread(target=runner.run, daemon=True)
    thread.start()
    try:
        yield runner
    finally:
        runner.stop()
        thread.join(timeout=120)


_ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
}


def pretend(job: Submitted) -> Outcome:
    """Not a step: for each table that is due, an empty one that says it was made of what there is."""
    at = next(number for number, word in enumerate(job.arguments) if word.endswith("worker.py"))
    name, run_id, zones, plan = job.arguments[at + 1 :]
    lake = Zones(**json.loads(zones))
    values = json.loads(plan)
    log, how = LakeLog(lake), Plan(**{**values, "period": tuple(values["period"])})
    [step] = [step for step in STEPS if step.name == name]
    for output in step.outputs:
        if spans := due(output, how, log):
            _write_nothing(lake, output.table, {"run_id": run_id, "inputs": dict(spans[1])})
    return Outcome(0)


def _write_nothing(zones: Zones, table: Table, recorded: dict[str, object]) -> None:
    columns = pa.schema([(column.name, _ARROW[column.type]) for column in table.columns]).empty_table()
    properties = CommitProperties(custom_metadata={"userMetadata": json.dumps(recorded)})
    write_deltalake(zones.table(table), columns, mode="append", commit_properties=properties)

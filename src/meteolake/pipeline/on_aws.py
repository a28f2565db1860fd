"""The steps on a cluster: what is due is asked here, made there, and read back here by the tables' own logs."""

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from meteolake.aws.compute import Compute
from meteolake.aws.spark_submit import Call
from meteolake.aws.watch import Patience, Watch
from meteolake.build import worker
from meteolake.build.making import Plan, is_due
from meteolake.build.steps import STEPS, Step
from meteolake.errors import CloudError, LakeError, MeteolakeError
from meteolake.lake import away, tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones, is_remote
from meteolake.pipeline.building import LakeLog
from meteolake.pipeline.report import Stage


@dataclass(frozen=True)
class OnAws:
    """Makes the tables on a cluster."""

    compute: Compute
    patience: Patience = field(default_factory=Patience)

    def __call__(
        self, zones: Zones, run_id: str, plan: Plan, on_output: Callable[[str, str], None]
    ) -> Generator[Stage]:
        """Make what is due on the cluster, step after step; none is started where nothing is.

        Raises:
            LakeError: the lake lies where a cluster cannot reach it.
            CloudError: AWS refused; nothing is left running.
            StepFailed: a step failed; the tables made before it stay.
        """
        _insist_on_remote(zones)
        raw = Objects(zones.raw)
        watch = Watch(self.compute, run_id, lambda said: on_output(self.compute.name, said), self.patience)
        watch.clear()
        away.come_home(raw)
        due = due_steps(zones, plan)
        for step in STEPS[: len(STEPS) - len(due)]:
            yield Stage(step.name, 0.0, {}, ["nothing is due"])
        if not due:
            return
        away.leave(raw, run_id, self.compute.name)
        calls = [Call(step.name, tuple(worker.arguments(step.name, run_id, zones, plan))) for step in due]
        try:
            yield from _watched(watch, zones, due, calls)
        except (MeteolakeError, KeyboardInterrupt):
            with contextlib.suppress(CloudError):  # why the run failed is what must be told
                yield self._used(run_id)
            raise
        finally:
            if watch.is_stopped:
                away.come_home(raw)
        yield self._used(run_id)

    def _used(self, run_id: str) -> Stage:
        """What the run took of AWS, of which the bill will tell."""
        return Stage(self.compute.name, 0.0, took=self.compute.took(run_id))


def due_steps(zones: Zones, plan: Plan) -> Sequence[Step]:
    """The first step of which something is due, and all after it, for which its tables will be news."""
    log = LakeLog(zones)
    first = next((number for number, step in enumerate(STEPS) if is_due(step, plan, log)), len(STEPS))
    return STEPS[first:]


def _watched(watch: Watch, zones: Zones, due: Sequence[Step], calls: Sequence[Call]) -> Generator[Stage]:
    """Run the calls, and tell of each step what it brought."""
    started, left = time.monotonic(), list(due)
    before = _versions(zones, left[0])
    for _ in watch.run(calls):
        rows = _rows(zones, step := left.pop(0), before)
        yield Stage(step.name, time.monotonic() - started, rows, [] if rows else ["nothing is due"])
        started = time.monotonic()
        before = _versions(zones, left[0]) if left else {}


def _versions(zones: Zones, step: Step) -> dict[str, int]:
    """The tables of a step that are there, at which version."""
    writes = {output.table.full_name: tables.last_write(zones, output.table) for output in step.outputs}
    return {name: write.version for name, write in writes.items() if write}


def _rows(zones: Zones, step: Step, before: dict[str, int]) -> dict[str, int]:
    """How many rows each table got that was written since."""
    writes = {output.table.full_name: tables.last_write(zones, output.table) for output in step.outputs}
    return {name: write.rows for name, write in writes.items() if write and write.version > before.get(name, -1)}


def _insist_on_remote(zones: Zones) -> None:
    if local := [root for root in vars(zones).values() if not is_remote(root)]:
        raise LakeError(
            f"A cluster cannot reach {local[0]}: set path under [lake] to s3://BUCKET, with the stack's bucket as "
            "`meteolake aws deploy` prints it."
        )

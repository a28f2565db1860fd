"""From raw to refined: makes every output whose inputs have moved, one commit each."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from meteolake.build import engine
from meteolake.build.context import Context, Progress
from meteolake.build.steps import STEPS, Output, Step, make
from meteolake.climate.normals import STANDARD_PERIOD, Period
from meteolake.errors import StepFailed
from meteolake.lake import ledger, tables
from meteolake.lake.paths import Zones, is_remote
from meteolake.pipeline.report import Stage
from meteolake.tables import CAPTURES

_ATTEMPTS = 3
_PERIOD = ("base_from", "base_until")


@dataclass(frozen=True)
class Plan:
    """How to build: by which engine with how much memory, and with which base period.

    More than the share `most_refused` of captured rows stops the build; a rebuild makes all tables from the beginning.
    """

    engine: str
    memory_mb: int
    period: Period = STANDARD_PERIOD
    most_refused: float = 1.0
    is_rebuild: bool = False


def build(zones: Zones, run_id: str, plan: Plan, on_output: Callable[[str, str], None]) -> Iterator[Stage]:
    """Make what is due, step after step; the engine is started only when something is.

    Args:
        zones: the lake.
        run_id: recorded in every commit.
        plan: how to build.
        on_output: told step and table before each is made.

    Raises:
        StepFailed: an output could not be made; those made before are committed and stay.
        BrokenAssumption: too many of the captured rows are refused; the daily tables stay as they were.
    """
    on_s3 = any(is_remote(root) for root in vars(zones).values())
    with ExitStack() as stack:
        reachable = stack.enter_context(engine.plain_paths(zones))
        spark: SparkSession | None = None
        for step in STEPS:
            started = time.monotonic()
            rows: dict[str, int] = {}
            for output in step.outputs:
                if (due := _due(zones, output, plan)) is None:
                    continue
                on_output(step.name, output.table.full_name)
                spark = spark or stack.enter_context(engine.session(plan.engine, plan.memory_mb, on_s3=on_s3))
                since = {} if plan.is_rebuild else _since(zones, output)
                context = Context(spark, reachable, run_id, *due, since, plan.period, plan.most_refused)
                rows[output.table.full_name] = _make(step, output, context)
            yield Stage(step.name, time.monotonic() - started, rows, [] if rows else ["nothing is due"])


def _due(zones: Zones, output: Output, plan: Plan) -> tuple[Progress, Progress] | None:
    """How far the output had read its inputs, and how far it can read now; None where that is the same."""
    if not (through := _progress(zones, output)):
        return None
    if output.has_period:
        through |= dict(zip(_PERIOD, plan.period, strict=True))
    write = tables.last_write(zones, output.table)
    after = write.inputs if write and not plan.is_rebuild else {}
    if any(after.get(key) != through.get(key) for key in _PERIOD):
        after = {}
    return None if after == through else (after, through)


def _since(zones: Zones, output: Output) -> Progress:
    """How far the tables that an output compares with have read the ledger."""
    writes = {table.name: tables.last_write(zones, table) for table in output.since}
    return {name: write.inputs.get(CAPTURES.name, 0) for name, write in writes.items() if write}


def _progress(zones: Zones, output: Output) -> dict[str, int]:
    """How far each input of an output has come; empty where one has nothing yet."""
    progress: dict[str, int] = {}
    if output.sources:
        if not (newest := ledger.newest_sequence(zones, output.sources)):
            return {}
        progress[CAPTURES.name] = newest
    for table in output.tables:
        if (write := tables.last_write(zones, table)) is None:
            return {}
        progress[table.name] = write.version
    return progress


def _make(step: Step, output: Output, context: Context) -> int:
    """Make an output and count its rows; a commit that was lost to another writer is made again on the newest state."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            make(output, context)
            break
        except PySparkException as error:
            if "commit" in str(error).lower() and attempt < _ATTEMPTS:
                continue
            raise StepFailed(
                f"Step {step.name} of run {context.run_id} could not make {output.table.full_name}: {_reason(error)} "
                "Nothing of this table was changed; `meteolake --debug run` shows the whole error."
            ) from error
    write = tables.last_write(context.zones, output.table)
    if write and write.inputs == context.through:
        return write.rows
    tables.record(context.zones, output.table, context.metadata)
    return 0


def _reason(error: PySparkException) -> str:
    """What the engine said; of a traceback out of a Python function, its last line, which names the error."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    said = lines[-1] if any(line.startswith("Traceback") for line in lines) else lines[0]
    return said[:500].rstrip(".") + "."

"""From raw to refined: makes every output whose inputs have moved, one commit each."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from meteolake.build import engine
from meteolake.build.steps import STEPS, Context, Output, Progress, Step, make
from meteolake.errors import StepFailed
from meteolake.lake import ledger, tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.report import Stage
from meteolake.tables import CAPTURES

_ATTEMPTS = 3


def build(
    zones: Zones, run_id: str, engine_name: str, memory_mb: int, on_output: Callable[[str, str], None]
) -> Iterator[Stage]:
    """Make what is due, step after step; the engine is started only when something is.

    Args:
        zones: the lake.
        run_id: recorded in every commit.
        engine_name: what runs the jobs.
        memory_mb: the engine's memory.
        on_output: told step and table before each is made.

    Raises:
        StepFailed: an output could not be made; those made before are committed and stay.
    """
    with ExitStack() as stack:
        reachable = stack.enter_context(engine.plain_paths(zones))
        spark: SparkSession | None = None
        for step in STEPS:
            started = time.monotonic()
            rows: dict[str, int] = {}
            for output in step.outputs:
                if (due := _due(zones, output)) is None:
                    continue
                on_output(step.name, output.table.full_name)
                spark = spark or stack.enter_context(engine.session(engine_name, memory_mb))
                rows[output.table.full_name] = _make(
                    step, output, Context(spark, reachable, run_id, *due, _since(zones, output))
                )
            yield Stage(step.name, time.monotonic() - started, rows, [] if rows else ["nothing is due"])


def _due(zones: Zones, output: Output) -> tuple[Progress, Progress] | None:
    """How far the output had read its inputs, and how far it can read now; None where that is the same."""
    through = _progress(zones, output)
    if not through:
        return None
    write = tables.last_write(zones, output.table)
    after = write.inputs if write else {}
    return None if after == through else (after, through)


def _since(zones: Zones, output: Output) -> Progress:
    """How far the tables that an output compares with have read the ledger."""
    writes = {table.name: tables.last_write(zones, table) for table in output.since}
    return {name: write.inputs.get(CAPTURES.name, 0) for name, write in writes.items() if write}


def _progress(zones: Zones, output: Output) -> Progress:
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

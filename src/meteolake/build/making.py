"""Makes every output of a step whose inputs have moved, one commit each: the same loop on one machine and on a cluster.

What has moved is read out of the tables' logs, through delta-rs where the command runs and through Spark on a cluster.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from meteolake.build import delta
from meteolake.build.captured import Ledger
from meteolake.build.context import Context, Progress
from meteolake.build.steps import Output, Step, make
from meteolake.climate.normals import STANDARD_PERIOD, Period
from meteolake.errors import StepFailed
from meteolake.lake.paths import Zones
from meteolake.tables import CAPTURES, Table

_ATTEMPTS = 3
_PERIOD = ("base_from", "base_until")


class Write(Protocol):
    """The newest write of a run to a table: its version, how far it had read its inputs, how many rows it wrote."""

    @property
    def version(self) -> int: ...  # noqa: D102
    @property
    def inputs(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102


class Log(Protocol):
    """What the lake's tables tell of themselves."""

    def last_write(self, table: Table) -> Write | None:
        """The newest commit that a run made."""

    def newest_sequence(self, sources: Collection[str]) -> int:
        """The ledger's newest sequence number with something new of some sources; 0 where there is none."""

    def record(self, table: Table, metadata: Mapping[str, object]) -> None:
        """Commit only what a write would have recorded."""


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


@dataclass(frozen=True)
class Making:
    """What the steps of one build share; `session` starts the engine when it is first needed."""

    zones: Zones
    run_id: str
    plan: Plan
    log: Log
    session: Callable[[], SparkSession]

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, to which nobody else writes meanwhile."""
        return Ledger(delta.read(self.session(), self.zones, CAPTURES))


@dataclass(frozen=True)
class _Remembered:
    """A log that is asked once for each table until that is written: while a run holds the lake, nobody else writes."""

    log: Log
    known: dict[str, Write | None] = field(default_factory=dict)

    def last_write(self, table: Table) -> Write | None:
        """The newest commit that a run made."""
        if table.full_name not in self.known:
            self.known[table.full_name] = self.log.last_write(table)
        return self.known[table.full_name]

    def newest_sequence(self, sources: Collection[str]) -> int:
        """The ledger's newest sequence number with something new of some sources."""
        return self.log.newest_sequence(sources)

    def record(self, table: Table, metadata: Mapping[str, object]) -> None:
        """Commit only what a write would have recorded."""
        self.log.record(table, metadata)
        self.forget(table)

    def forget(self, table: Table) -> None:
        """Ask again for a table, which was written."""
        self.known.pop(table.full_name, None)


def make_due(step: Step, making: Making, on_output: Callable[[str, str], None]) -> dict[str, int]:
    """Make what is due of a step; how many rows each table got.

    Raises:
        StepFailed: an output could not be made; those made before are committed and stay.
        BrokenAssumption: too many of the captured rows are refused; the daily tables stay as they were.
    """
    rows: dict[str, int] = {}
    log, plan = _Remembered(making.log), making.plan
    for output in step.outputs:
        if (spans := due(output, plan, log)) is None:
            continue
        on_output(step.name, output.table.full_name)
        since = {} if plan.is_rebuild else _since(output, log)
        context = Context(
            making.session(), making.zones, making.ledger, making.run_id, *spans, since, plan.period, plan.most_refused
        )
        rows[output.table.full_name] = _make(step, output, context, log)
    return rows


def is_due(step: Step, plan: Plan, log: Log) -> bool:
    """Whether something of a step is due already, before the steps above it have made anything."""
    return any(due(output, plan, log) for output in step.outputs)


def due(output: Output, plan: Plan, log: Log) -> tuple[Progress, Progress] | None:
    """How far the output had read its inputs, and how far it can read now; None where that is the same."""
    if not (through := _progress(output, log)):
        return None
    if output.has_period:
        through |= dict(zip(_PERIOD, plan.period, strict=True))
    write = log.last_write(output.table)
    after = write.inputs if write and not plan.is_rebuild else {}
    if any(after.get(key) != through.get(key) for key in _PERIOD):
        after = {}
    return None if after == through else (after, through)


def _since(output: Output, log: Log) -> Progress:
    """How far the tables that an output compares with have read the ledger."""
    writes = {table.name: log.last_write(table) for table in output.since}
    return {name: write.inputs.get(CAPTURES.name, 0) for name, write in writes.items() if write}


def _progress(output: Output, log: Log) -> dict[str, int]:
    """How far each input of an output has come; empty where one has nothing yet."""
    progress: dict[str, int] = {}
    if output.sources:
        if not (newest := log.newest_sequence(output.sources)):
            return {}
        progress[CAPTURES.name] = newest
    for table in output.tables:
        if (write := log.last_write(table)) is None:
            return {}
        progress[table.name] = write.version
    return progress


def _make(step: Step, output: Output, context: Context, log: _Remembered) -> int:
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
    log.forget(output.table)
    write = log.last_write(output.table)
    if write and write.inputs == context.through:
        return write.rows
    log.record(output.table, context.metadata)
    return 0


def _reason(error: PySparkException) -> str:
    """What the engine said; of a traceback out of a Python function, its last line, which names the error."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    said = lines[-1] if any(line.startswith("Traceback") for line in lines) else lines[0]
    return said[:500].rstrip(".") + "."

"""From raw to refined where the command runs, with what has moved read through delta-rs."""

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

from pyspark.sql import SparkSession

from meteolake.build import engine
from meteolake.build.making import Making, Plan, Write, due, make_due
from meteolake.build.steps import STEPS
from meteolake.errors import StepFailed
from meteolake.lake import away, inventory, ledger, tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones, is_remote
from meteolake.pipeline.report import Stage
from meteolake.tables import CAPTURES, Table

__all__ = ["Build", "LakeLog", "Plan", "build"]


class Build(Protocol):
    """Makes the tables, here or elsewhere."""

    def __call__(
        self, zones: Zones, run_id: str, plan: Plan, on_output: Callable[[str, str], None]
    ) -> Generator[Stage]:
        """Make what is due, step after step."""


@dataclass(frozen=True)
class LakeLog:
    """What the lake's tables tell of themselves, without an engine."""

    zones: Zones

    def last_write(self, table: Table) -> Write | None:
        """The newest commit that a run made."""
        return tables.last_write(self.zones, table)

    def newest_sequence(self, sources: Collection[str]) -> int:
        """The ledger's newest sequence number with something new of some sources."""
        return max((self._newest.get(source, 0) for source in sources), default=0)

    @cached_property
    def _newest(self) -> Mapping[str, int]:
        """By source; while tables are made, nothing is captured."""
        return ledger.newest_sequences(self.zones)

    def record(self, table: Table, metadata: Mapping[str, object]) -> None:
        """Commit only what a write would have recorded."""
        tables.record(self.zones, table, metadata)


def build(zones: Zones, run_id: str, plan: Plan, on_output: Callable[[str, str], None]) -> Generator[Stage]:
    """Make what is due, step after step; the engine is started only when something is.

    Args:
        zones: the lake.
        run_id: recorded in every commit.
        plan: how to build.
        on_output: told step and table before each is made.

    Raises:
        LakeError: steps of this lake may still be writing on a cluster.
        StepFailed: an output could not be made; those made before are committed and stay.
        BrokenAssumption: raw objects are lost, or too many of the captured rows are refused; the daily tables stay as
            they were.
    """
    on_s3 = any(is_remote(root) for root in vars(zones).values())
    if is_remote(zones.raw):
        away.insist_on_home(Objects(zones.raw))
    log = LakeLog(zones)
    with ExitStack() as stack:
        reachable = stack.enter_context(engine.plain_paths(zones))

        @cache
        def session() -> SparkSession:
            inventory.insist_on_objects(zones, _unread(plan, log))
            return stack.enter_context(engine.session(plan.engine, plan.memory_mb, on_s3=on_s3))

        making = Making(reachable, run_id, plan, log, session)
        for step in STEPS:
            started = time.monotonic()
            with _naming_damaged_objects(zones, plan, log):
                rows = make_due(step, making, on_output)
            yield Stage(step.name, time.monotonic() - started, rows, [] if rows else ["nothing is due"])


def _unread(plan: Plan, log: LakeLog) -> dict[str, int]:
    """By source, up to which of the ledger's sequence numbers its raw objects have been read."""
    unread: dict[str, int] = {}
    for output in (output for step in STEPS for output in step.outputs if not output.tables):
        if span := due(output, plan, log):
            after = span[0].get(CAPTURES.name, 0)
            unread |= {source: min(after, unread.get(source, after)) for source in output.sources}
    return unread


@contextmanager
def _naming_damaged_objects(zones: Zones, plan: Plan, log: LakeLog) -> Iterator[None]:
    """Engines tell that an object cannot be read, and not which."""
    try:
        yield
    except StepFailed as error:
        for path in inventory.damaged(zones, _unread(plan, log)):
            error.add_note(f"The raw object {path} in {zones.raw} is damaged: restore it from a copy.")
        raise

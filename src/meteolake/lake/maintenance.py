"""Upkeep of a lake: fewer and larger files, no files that nothing needs any more.

Tables keep the versions of some time, so that they can be read as they were; files older than that are removed once
newer ones stand in their place.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from meteolake.errors import LakeError
from meteolake.lake import away, tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.tables import TABLES, Table

_VERSIONS_UNTIL_CHECKPOINT = 10


@dataclass(frozen=True)
class Upkeep:
    """What was done to a table: live files before and after, dead ones removed, whether it got a checkpoint."""

    table: str
    files_before: int
    files_after: int
    removed: int
    has_checkpoint: bool


def maintain(zones: Zones, keep: timedelta, limit: timedelta) -> Iterator[Upkeep]:
    """Compact every table, remove its dead files, and write a checkpoint where its log is long.

    The caller holds the lake's lease. Those with the most files come first, so that tables which are not reached within
    the limit are among the first of the next time.

    Args:
        zones: the lake.
        keep: for how long old versions can still be read.
        limit: no further table is begun after this time.

    Raises:
        LakeError: a table cannot be changed, and is as it was; or steps may still be writing on a cluster.
    """
    away.insist_on_home(Objects(zones.raw))
    end = time.monotonic() + limit.total_seconds()
    there = [table for table in TABLES if tables.exists(zones, table)]
    for table in sorted(there, key=lambda table: -len(tables.open_table(zones, table).file_uris())):
        if time.monotonic() > end:
            return
        yield _keep_up(zones, table, keep)


def _keep_up(zones: Zones, table: Table, keep: timedelta) -> Upkeep:
    opened = tables.open_table(zones, table)
    before = len(opened.file_uris())
    try:
        opened.optimize.compact()
        removed = opened.vacuum(
            retention_hours=round(keep.total_seconds() / 3600), dry_run=False, enforce_retention_duration=False
        )
        has_checkpoint = _has_long_log(opened)
        if has_checkpoint:
            opened.create_checkpoint()
    except (DeltaError, OSError) as error:
        raise LakeError(f"Table {table.full_name} could not be kept up: {error}. Run it again.") from error
    opened.update_incremental()
    return Upkeep(table.full_name, before, len(opened.file_uris()), len(removed), has_checkpoint)


def _has_long_log(opened: DeltaTable) -> bool:
    return opened.version() >= _VERSIONS_UNTIL_CHECKPOINT

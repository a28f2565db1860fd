"""Delta tables without an engine: reading, history and versions through delta-rs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from meteolake.errors import LakeError
from meteolake.lake import access
from meteolake.lake.paths import Zones, is_remote
from meteolake.lake.refusals import reason
from meteolake.tables import TABLES, Table

AsOf = int | datetime | None


def exists(zones: Zones, table: Table) -> bool:
    """Whether the table has been created."""
    uri = zones.table(table)
    try:
        if not is_remote(uri):
            return (Path(uri.removeprefix("file://")) / "_delta_log").is_dir()
        access.renewed()
        return DeltaTable.is_deltatable(uri)
    except PermissionError as error:
        raise LakeError(f"The lake cannot be read at {uri}: {error.strerror}. Correct its permissions.") from error
    except (DeltaError, OSError) as error:
        raise LakeError(f"Table {table.full_name} cannot be looked up at {uri}: {reason(error)}") from error


def insist_on_lake(zones: Zones) -> None:
    """Make sure that there is a lake.

    Raises:
        LakeError: none of its tables is there.
    """
    if not any(exists(zones, table) for table in TABLES):
        raise LakeError(f"There is no lake at {zones.raw}: fill it with `meteolake run`, or see `meteolake demo`.")


def version(zones: Zones, table: Table) -> int | None:
    """The table's newest version, or None where there is no table."""
    return open_table(zones, table).version() if exists(zones, table) else None


def open_table(zones: Zones, table: Table, as_of: AsOf = None) -> DeltaTable:
    """The table, newest or as of a version or an instant.

    Raises:
        LakeError: there is no such table or version.
    """
    uri = zones.table(table)
    if is_remote(uri):
        access.renewed()
    try:
        opened = DeltaTable(uri, version=as_of if isinstance(as_of, int) else None)
        if isinstance(as_of, datetime):
            opened.load_as_version(as_of)
    except TableNotFoundError as error:
        raise LakeError(f"There is no table {table.full_name} at {uri}: {_remedy(zones, table)}") from error
    except (DeltaError, ValueError, OSError) as error:
        which = "" if as_of is None else f" as of {as_of}"
        raise LakeError(f"Table {table.full_name} cannot be opened{which}: {reason(error)}") from error
    if isinstance(as_of, datetime) and as_of < (oldest := _instant(opened.history()[-1])):
        raise LakeError(
            f"Table {table.full_name} has nothing as of {as_of:%F %R}: its oldest version is of {oldest:%F %R} UTC."
        )
    return opened


def _remedy(zones: Zones, table: Table) -> str:
    """What to do where there is no table, or what is left of one: a folder whose log is empty."""
    if not exists(zones, table):
        return "run `meteolake run` first."
    if table.zone == "raw":
        return "its log is empty; restore it from a copy."
    return "its log is empty; remove this folder, and `meteolake run` makes it anew from the raw objects."


def _instant(commit: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(commit["timestamp"] / 1000, UTC)


def dataset(zones: Zones, table: Table, as_of: AsOf = None) -> pads.Dataset:
    """The table as an Arrow dataset, with pushdown of columns and filters."""
    return open_table(zones, table, as_of).to_pyarrow_dataset()


@dataclass(frozen=True)
class Write:
    """The newest write of a run to a table: how far it had read its inputs, and how many rows it wrote."""

    version: int
    run_id: str
    inputs: Mapping[str, int]
    rows: int
    written_at: datetime


def last_write(zones: Zones, table: Table) -> Write | None:
    """The newest commit that a run made; maintenance commits are passed over."""
    return next(_writes(zones, table), None)


def writes(zones: Zones, table: Table) -> list[Write]:
    """The commits that runs made, newest first, without those that only recorded how far a run had read."""
    found = list(_writes(zones, table))
    return [write for write in found if write.rows] or found[:1]


def _writes(zones: Zones, table: Table) -> Iterator[Write]:
    if not exists(zones, table):
        return
    for commit in open_table(zones, table).history():
        if metadata := commit.get("userMetadata"):
            recorded = json.loads(metadata)
            yield Write(
                commit["version"],
                recorded["run_id"],
                recorded["inputs"],
                int(commit.get("operationMetrics", {}).get("numOutputRows", 0)),  # missing where nothing was written
                _instant(commit),
            )


def record(zones: Zones, table: Table, metadata: Mapping[str, object]) -> None:
    """Commit only what a write would have recorded, for an engine that leaves out a commit without changes."""
    opened = open_table(zones, table)
    nothing = opened.to_pyarrow_dataset().schema.empty_table()
    properties = CommitProperties(custom_metadata={"userMetadata": json.dumps(dict(metadata))})
    write_deltalake(opened, nothing, mode="append", commit_properties=properties)


@dataclass(frozen=True)
class Extent:
    """What a table holds now, by its log alone."""

    version: int
    rows: int
    files: int
    bytes: int
    first_date: date | None
    last_date: date | None


def extent(zones: Zones, table: Table) -> Extent | None:
    """Rows, files, bytes and range of dates of a table, or None where there is none."""
    if not exists(zones, table):
        return None
    opened = open_table(zones, table)
    files = pa.table(opened.get_add_actions(flatten=True))
    first, last = (_bound(files, bound, table) for bound in ("min", "max"))
    rows, size = (int(pc.sum(files[name]).as_py() or 0) for name in ("num_records", "size_bytes"))
    return Extent(opened.version(), rows, files.num_rows, size, first, last)


def _bound(files: pa.Table, bound: Literal["min", "max"], table: Table) -> date | None:
    """The smallest of the table's first date column, or the largest of its last, from the files' statistics."""
    names = [f"{bound}.{column.name}" for column in table.columns if column.type == "date"]
    known = [name for name in names if name in files.column_names]
    if not known:
        return None
    found: date | None = getattr(pc, bound)(files[known[0 if bound == "min" else -1]]).as_py()
    return found

"""The ledger of raw objects: an object counts only once its row here is committed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake
from deltalake.exceptions import DeltaError

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.lake.refusals import reason
from meteolake.tables import CAPTURES, Type

_ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "bigint": pa.int64(),
}
_SCHEMA = pa.schema([(column.name, _ARROW[column.type]) for column in CAPTURES.columns])


@dataclass(frozen=True)
class Entry:
    """One captured payload: a site's days, or rows of a database table. See `tables.CAPTURES` for the meanings."""

    source: str
    product: str
    site_id: str | None
    place: str | None
    variables: str
    first_date: date | None
    last_date: date | None
    complete_until: date | None
    cursor_from: str | None
    cursor_to: str | None
    rows: int
    bytes: int
    sha256: str
    run_id: str
    captured_at: datetime
    raw_object: str
    sequence: int = 0


def commit(zones: Zones, entries: Sequence[Entry]) -> None:
    """Append entries in one commit under the next sequence number. The caller holds the lake's lease.

    Raises:
        LakeError: the commit failed; the objects behind the entries do not count.
    """
    sequence = newest_sequence(zones) + 1
    rows = [{**asdict(entry), "sequence": sequence} for entry in entries]
    try:
        table = pa.Table.from_pylist(rows, schema=_SCHEMA)
        write_deltalake(zones.table(CAPTURES), table, mode="append", schema_mode="merge")
    except (DeltaError, OSError) as error:
        raise LakeError(
            f"The ledger {zones.table(CAPTURES)} could not be written: {reason(error)} Run again."
        ) from error


def newest_sequence(zones: Zones) -> int:
    """The sequence number of the newest commit; 0 where there is none."""
    if not tables.exists(zones, CAPTURES):
        return 0
    column = tables.dataset(zones, CAPTURES).to_table(columns=["sequence"])["sequence"]
    return int(pc.max(column).as_py() or 0)


def newest_sequences(zones: Zones) -> dict[str, int]:
    """The sequence number of the newest commit with new objects, by source."""
    if not tables.exists(zones, CAPTURES):
        return {}
    rows = tables.dataset(zones, CAPTURES).to_table(columns=["source", "sequence"], filter=pc.field("bytes") > 0)
    newest = rows.group_by("source").aggregate([("sequence", "max")])
    return dict(zip(newest["source"].to_pylist(), newest["sequence_max"].to_pylist(), strict=True))


def entries(
    zones: Zones, source: str | None = None, after: int = 0, first_dates: Collection[date] | None = None
) -> Iterable[Entry]:
    """Entries of a source (all when None) with a sequence above `after`, in the order of their commits.

    With `first_dates`, those alone whose first day is among them.
    """
    if not tables.exists(zones, CAPTURES):
        return []
    names = CAPTURES.names
    wanted = pc.field("sequence") > after
    if source is not None:
        wanted &= pc.field("source") == source
    if first_dates is not None:
        wanted &= pc.field("first_date").isin(pa.array(first_dates, pa.date32()))
    found = tables.dataset(zones, CAPTURES).to_table(filter=wanted).sort_by("sequence")
    # A ledger of an older version may lack columns that were added since.
    return [Entry(**{name: row.get(name) for name in names}) for row in found.to_pylist()]


def columns(zones: Zones, source: str, product: str, names: Sequence[str]) -> list[list[Any]]:
    """Some columns of all entries of a product, for those who need little of many."""
    if not tables.exists(zones, CAPTURES):
        return [[] for _ in names]
    wanted = (pc.field("source") == source) & (pc.field("product") == product)
    found = tables.dataset(zones, CAPTURES).to_table(columns=list(names), filter=wanted)
    return [_values(found[name]) for name in names]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """A column's values, of which each is made once: most come many times."""
    encoded = column.combine_chunks().dictionary_encode()
    values = [*encoded.dictionary.to_pylist(), None]
    return [values[index] for index in pc.fill_null(encoded.indices, -1).to_pylist()]

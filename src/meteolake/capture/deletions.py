"""Rows that were deleted from a database without a trace: found by comparing its keys with those that are known."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from meteolake.capture.connection import reading, reflected
from meteolake.capture.database import BATCH_ROWS, ObservationBatch, ObservationsTable, as_batch, fastest_rows

Codes = npt.NDArray[np.int64]

_DAYS = 1 << 24
_EPOCH = _DAYS // 2
"""Site and day make one number; no calendar reaches so many days before or after 1970."""
_BASIC_DATE = r"^(\d{4})(\d{2})(\d{2})$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"


def find_deletions(
    url: str, observations: ObservationsTable, known: pa.Table, cursor: str | None, *, batch_rows: int = BATCH_ROWS
) -> ObservationBatch | None:
    """The known rows that the database no longer has, as a batch that deletes them; None where there is none.

    Args:
        url: the database.
        observations: the table.
        known: site_id and date of every row that is known.
        cursor: how far the table has been read, which deletions do not move.
        batch_rows: bounds the memory.

    Raises:
        SourceError: the database refuses, or a table or column is missing.
    """
    gone = absent(known, _keys(url, observations, batch_rows))
    if not gone.num_rows:
        return None
    deleted = gone.append_column("is_deleted", pa.repeat(pa.scalar(True), gone.num_rows))
    return as_batch(deleted, observations, cursor, cursor)


def absent(known: pa.Table, present: Iterable[pa.Table]) -> pa.Table:
    """The keys of `known` (site_id, date as a date) that no table of `present` (both as text) has, dates as text."""
    sites = pc.unique(known["site_id"])
    codes = np.sort(_codes(sites, known["site_id"], known["date"]))
    is_seen = np.zeros(len(codes), bool)
    for keys in present if len(codes) else ():
        iso = pc.replace_substring_regex(keys["date"], _BASIC_DATE, r"\1-\2-\3")
        is_date = pc.match_substring_regex(iso, _DATE)
        found = _codes(sites, keys["site_id"].filter(is_date), iso.filter(is_date).cast(pa.date32()))
        at = np.minimum(np.searchsorted(codes, found), len(codes) - 1)
        is_seen[at[codes[at] == found]] = True
    gone = codes[~is_seen]
    dates = pa.array((gone % _DAYS - _EPOCH).astype("datetime64[D]"))
    return pa.table({"site_id": sites.take(pa.array(gone // _DAYS)), "date": dates.cast(pa.string())})


def _codes(sites: pa.Array, site_ids: pa.ChunkedArray, dates: pa.ChunkedArray) -> Codes:
    """One number for each key; keys of unknown sites are negative."""
    site = pc.fill_null(pc.index_in(site_ids, sites), -1).to_numpy().astype(np.int64)
    return np.asarray(site * _DAYS + _EPOCH + dates.cast(pa.int32()).to_numpy(), np.int64)


def _keys(url: str, observations: ObservationsTable, batch_rows: int) -> Iterator[pa.Table]:
    with reading(url) as connection:
        names = observations.key_columns
        extra = {observations.deleted: observations.deleted} if observations.deleted else {}
        table = reflected(connection, observations.table, names | extra)
        columns = {name: table.c[column] for name, column in names.items()}
        rows = fastest_rows(connection, columns, observations, batch_rows)
        statement = sa.select(
            *(column.label(name) for name, column in rows.columns(columns).items()),
            sa.false().label("is_deleted"),
            sa.null().label("cursor"),
        )
        yield from (keys for keys, *_ in rows.batches(statement))

"""Several captures of one day: which values hold, and what changed from one capture to the next.

The newest capture of a day wins. A value that the archive gave once and lacks later is kept all the same: the archive
has lost months of history for a while, so that a null in place of a value is a finding and not an update.
"""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from meteolake.errors import BrokenAssumption
from meteolake.tables import REVISIONS, Table
from meteolake.variables import VARIABLES

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]

_ROWS_AT_ONCE = 65_536
_SERIES = ("site_id", "source")
_DAY = (*_SERIES, "date")
_OF_REVISION = ("site_id", "date", "source", "captured_at", "raw_object", "sequence")


def newest(rows: DataFrame, table: Table, *, keeps_values: bool) -> DataFrame:
    """One row per day: the newest capture, without the days that it deletes.

    Args:
        rows: the columns of `table` without the year, `source` and `is_deleted`.
        table: gives the columns of the result.
        keeps_values: whether a value that a later capture lacks is kept.
    """
    kept = [column for column in table.columns if column.name != "year"]
    ddl = ", ".join(f"{column.name} {column.type}" for column in kept)
    names = [column.name for column in kept]
    return _ordered(rows).mapInArrow(partial(_newest, names=names, keeps_values=keeps_values), ddl)


def revisions(rows: DataFrame, table: Table, *, keeps_values: bool) -> DataFrame:
    """One row per value that a later capture of the same day gave otherwise, or no longer gave.

    Args:
        rows: as for `newest`, with days that have no value, and with `sequence`, which is null where a row is known
            from before: it is compared with and not reported.
        table: the table that holds the values.
        keeps_values: whether a value that a later capture lacks goes on to be compared with.
    """
    found = _ordered(rows).mapInArrow(partial(_revisions, table=table, keeps_values=keeps_values), REVISIONS.ddl)
    return found.select(*REVISIONS.names)


def _ordered(rows: DataFrame) -> DataFrame:
    """The rows of each series in a row, by day and capture: what a window leaves behind on every engine."""
    window = Window.partitionBy(*_SERIES).orderBy("date", "captured_at", "raw_object")
    return rows.withColumn("next_date", F.lead("date").over(window))


def _newest(batches: Iterable[pa.RecordBatch], names: list[str], keeps_values: bool) -> Iterator[pa.RecordBatch]:
    for rows in _whole_days(batches):
        is_first = _is_first(rows)
        is_last = np.r_[is_first[1:], True]
        if keeps_values and not is_first.all():
            for name in VARIABLES:
                filled = pa.array(_filled(_values(rows, name), is_first), from_pandas=True)
                rows = rows.set_column(rows.column_names.index(name), name, filled)
        is_deleted = rows["is_deleted"].to_numpy(zero_copy_only=False).astype(bool)
        yield from rows.filter(pa.array(is_last & ~is_deleted)).select(names).to_batches()


def _revisions(batches: Iterable[pa.RecordBatch], table: Table, keeps_values: bool) -> Iterator[pa.RecordBatch]:
    for rows in _whole_days(batches):
        is_first = _is_first(rows)
        is_new = pc.is_valid(rows["sequence"]).to_numpy(zero_copy_only=False)
        for name in VARIABLES:
            values = _values(rows, name)
            held = np.r_[np.nan, (_filled(values, is_first) if keeps_values else values)[:-1]]
            is_changed = is_new & ~is_first & ~np.isnan(held) & (np.isnan(values) | (values != held))
            if is_changed.any():
                yield from _as_revisions(rows, table, name, held, values, is_changed).to_batches()


def _as_revisions(rows: pa.Table, table: Table, name: str, held: Values, values: Values, is_changed: Mask) -> pa.Table:
    changed = rows.filter(pa.array(is_changed))
    columns = {
        **{key: changed[key] for key in _OF_REVISION},
        "table_name": pa.repeat(table.name, changed.num_rows),
        "variable": pa.repeat(name, changed.num_rows),
        "old_value": pa.array(held[is_changed]),
        "new_value": pa.array(values[is_changed], from_pandas=True),
        "is_withdrawn": pa.array(np.isnan(values[is_changed])),
    }
    return pa.table({key: columns[key] for key in REVISIONS.names})


def _whole_days(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Ordered rows in pieces that hold every capture of their days.

    Raises:
        BrokenAssumption: the engine gave the rows in another order.
    """
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows:
            held.append(batch)
        if sum(each.num_rows for each in held) >= _ROWS_AT_ONCE:
            rows = pa.Table.from_batches(held)
            cut = int(np.flatnonzero(_is_first(rows))[-1])
            if cut:
                yield rows.slice(0, cut)
            held = rows.slice(cut).to_batches()
    if held:
        yield pa.Table.from_batches(held)


def _is_first(rows: pa.Table) -> Mask:
    """Whether each row is the first of its day."""
    differs = {name: pc.not_equal(rows[name][1:], rows[name][:-1]).to_numpy(zero_copy_only=False) for name in _DAY}
    ordinals = rows["date"].cast(pa.int32()).to_numpy()
    is_other_series = differs["site_id"] | differs["source"]
    if (~is_other_series & (ordinals[1:] < ordinals[:-1])).any():
        raise BrokenAssumption("The engine did not keep the order of the days: report this, the table is unchanged.")
    return np.asarray(np.r_[True, is_other_series | differs["date"]], bool)


def _filled(values: Values, is_first: Mask) -> Values:
    """Each value, or the last one before it on the same day where it is missing."""
    known = np.where(is_first | ~np.isnan(values), np.arange(len(values)), 0)
    return np.asarray(values[np.maximum.accumulate(known)])


def _values(rows: pa.Table, name: str) -> Values:
    return np.asarray(rows[name].to_numpy(zero_copy_only=False), float)

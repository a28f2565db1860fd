"""Runs of rows: what an engine shuffles and sorts is up to sixteen rows at a time, in lists, and not each by itself.

Daily rows come many of a site in a row. A shuffle that carries them as lists moves and compares far fewer rows. Longer
lists would save little more, and an engine that counts rows when it cuts batches would cut too large ones.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from meteolake.tables import Table

Bounds = npt.NDArray[np.int32]
"""Where each run begins, and the end of the last, `(runs + 1,)`."""

ROWS = "rows_of_run"
ROWS_AT_ONCE = 65_536
_NUMBER = "number"
_ROWS_OF_RUN = 16
_SHORT_RUN = 4
_RUNS_AT_ONCE = 4_096


def folded(rows: DataFrame, types: Mapping[str, str], same: Collection[str]) -> DataFrame:
    """One row per run: the columns of `same` as they are in all its rows, the others in a list.

    Args:
        rows: the rows.
        types: their columns with the types of each; an engine that is asked takes a tenth of a second to tell.
        same: columns that rarely change from row to row.
    """
    return rows.select(*types).mapInArrow(partial(_folded, same=same), run_ddl(types, same))


def run_ddl(types: Mapping[str, str], same: Collection[str]) -> str:
    """The schema of runs as Spark SQL text, their lists at the end."""
    alike = [f"{name} {types[name]}" for name in types if name in same]
    each = ", ".join(f"{name}: {kind}" for name, kind in types.items() if name not in same)
    return ", ".join([*alike, f"{ROWS} array<struct<{each}>>"])


def numbered(runs: DataFrame, column: str) -> DataFrame:
    """The runs sorted by a column, with their number, without which an engine would leave out the sort."""
    each = Window.partitionBy(column).orderBy(column)
    return runs.withColumn(_NUMBER, F.row_number().over(each))


def by_year(runs: DataFrame, table: Table, same: Collection[str]) -> DataFrame:
    """The rows of runs of a table that is parted by year, year after year: so it is written without a sort of its own.

    The engine sorts the runs for the sake of their number, and keeps that order when it takes them apart.

    Args:
        runs: as `run_ddl` tells for the columns of `table` and `same`.
        table: has a column `year`.
        same: columns that are the same in all rows of a run, the year among them.
    """
    in_order = numbered(runs, "year").where(F.col(_NUMBER) > 0)
    return in_order.select(*same, F.inline(ROWS)).select(*table.names)


def runs_of(rows: pa.RecordBatch, same: Collection[str]) -> pa.RecordBatch:
    """The rows of one batch, of which there are some, in runs.

    An engine that sorted them for something else may have mixed the sites: then each site's are put together first.
    """
    bounds = run_bounds(rows, same)
    if len(bounds) > rows.num_rows / _SHORT_RUN:
        rows = rows.sort_by("site_id")
        bounds = run_bounds(rows, same)
    alike, others = ([name for name in rows.schema.names if (name in same) is wanted] for wanted in (True, False))
    return as_runs(rows.select(alike).take(pa.array(bounds[:-1])), rows.select(others), bounds)


def run_bounds(rows: pa.RecordBatch, same: Collection[str]) -> Bounds:
    """Where runs begin and end: where one of the columns of `same` changes, and after sixteen rows."""
    is_bound = np.zeros(rows.num_rows + 1, bool)
    is_bound[::_ROWS_OF_RUN] = True
    is_bound[-1] = True
    for name in same:
        is_bound[pc.run_end_encode(rows[name]).run_ends.to_numpy()] = True
    return np.flatnonzero(is_bound).astype(np.int32)


def as_runs(alike: pa.RecordBatch, rows: pa.RecordBatch, bounds: Bounds) -> pa.RecordBatch:
    """Runs out of one row for each with what its rows share, and all their rows."""
    each = pa.StructArray.from_arrays(rows.columns, fields=list(rows.schema))
    lists = pa.ListArray.from_arrays(pa.array(bounds), each)
    return pa.RecordBatch.from_arrays([*alike.columns, lists], names=[*alike.schema.names, ROWS])


def unfolded(runs: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The rows of the runs, some thousand at a time."""
    for start in range(0, runs.num_rows, _RUNS_AT_ONCE):
        yield _rows_of(runs.slice(start, _RUNS_AT_ONCE))


def portions(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """The batches of a partition put together to so many rows or some more, and the rest."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows:
            held.append(batch)
        if sum(each.num_rows for each in held) >= rows:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def as_batch(rows: pa.Table) -> pa.RecordBatch:
    """The rows, of which there are some, in one batch, without copying those that are."""
    batches = rows.to_batches()
    return batches[0] if len(batches) == 1 else rows.combine_chunks().to_batches()[0]


def _folded(batches: Iterable[pa.RecordBatch], same: Collection[str]) -> Iterator[pa.RecordBatch]:
    for portion in portions(batches, ROWS_AT_ONCE):
        yield runs_of(as_batch(portion), same)


def _rows_of(runs: pa.RecordBatch) -> pa.RecordBatch:
    alike = [name for name in runs.schema.names if name not in (ROWS, _NUMBER)]
    lists = runs[ROWS]
    run = pa.array(np.repeat(np.arange(runs.num_rows), pc.list_value_length(lists).to_numpy()))
    rows = lists.flatten()
    columns = {name: runs[name].take(run) for name in alike}
    return pa.record_batch(columns | {each.name: rows.field(each.name) for each in rows.type})

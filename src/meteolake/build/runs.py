"""Runs of rows: what an engine sorts by site is up to sixteen rows at a time, in lists, and not each by itself.

Daily rows come many of a site in a row. A shuffle that carries them as lists moves and compares far fewer rows. Longer
lists would save little more, and an engine that counts rows when it cuts batches would cut too large ones.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

_ROWS_OF_RUN = 16
_SHORT_RUN = 4
_RUNS_AT_ONCE = 1_024


def folded(rows: DataFrame, types: Mapping[str, str], same: Collection[str]) -> DataFrame:
    """One row per run: the columns of `same` as they are in all its rows, the others as lists.

    Args:
        rows: the rows.
        types: their columns with the types of each; an engine that is asked takes a tenth of a second to tell.
        same: columns that rarely change from row to row.
    """
    ddl = ", ".join(f"{name} {kind if name in same else f'array<{kind}>'}" for name, kind in types.items())
    return rows.select(*types).mapInArrow(partial(_folded, same=same), ddl)


def runs_of(rows: pa.RecordBatch, same: Collection[str]) -> pa.RecordBatch:
    """The rows of one batch, of which there are some, in runs.

    An engine that sorted them for something else may have mixed the sites: then each site's are put together first.
    """
    bounds = _bounds(rows, same)
    if len(bounds) > rows.num_rows / _SHORT_RUN:
        rows = rows.sort_by("site_id")
        bounds = _bounds(rows, same)
    first, offsets = pa.array(bounds[:-1]), pa.array(bounds)
    columns = [
        rows[name].take(first) if name in same else pa.ListArray.from_arrays(offsets, rows[name])
        for name in rows.schema.names
    ]
    return pa.RecordBatch.from_arrays(columns, names=rows.schema.names)


def unfolded(runs: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The rows of the runs, some thousand at a time."""
    for start in range(0, runs.num_rows, _RUNS_AT_ONCE):
        yield _rows_of(runs.slice(start, _RUNS_AT_ONCE))


def _folded(batches: Iterable[pa.RecordBatch], same: Collection[str]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            yield runs_of(batch, same)


def _bounds(rows: pa.RecordBatch, same: Collection[str]) -> npt.NDArray[np.int32]:
    """Where each run begins, and the end of the last."""
    ends = [pc.run_end_encode(rows[name]).run_ends.to_numpy() for name in same]
    cuts = np.arange(_ROWS_OF_RUN, rows.num_rows, _ROWS_OF_RUN)
    return np.unique(np.concatenate([[0], *ends, cuts])).astype(np.int32)


def _rows_of(runs: pa.RecordBatch) -> pa.RecordBatch:
    is_list = [pa.types.is_list(field.type) for field in runs.schema]
    lengths = pc.list_value_length(runs.column(is_list.index(True))).to_numpy()
    run = pa.array(np.repeat(np.arange(runs.num_rows), lengths))
    columns = [
        column.flatten() if of_rows else column.take(run) for column, of_rows in zip(runs.columns, is_list, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=runs.schema.names)

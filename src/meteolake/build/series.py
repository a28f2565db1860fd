"""Series of arrays out of a table and rows back: the engine moves the data, NumPy computes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame

from meteolake.tables import Table, Type
from meteolake.variables import VARIABLES

Columns = Mapping[str, object]
PARTITIONS = 8
_ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "double": pa.float64(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
}


@dataclass(frozen=True)
class Series:
    """One variable at one site: ascending `dates` `(days,)` and their `values` `(days,)`, none of them missing."""

    site_id: str
    variable: str
    dates: npt.NDArray[np.datetime64]
    values: npt.NDArray[np.float64]


def map_series(daily: DataFrame, table: Table, compute: Callable[[Series], Columns]) -> DataFrame:
    """Rows of `table`, computed from one series after the other.

    Args:
        daily: trusted daily values.
        compute: the table's columns for one series: arrays of one length, or single values that hold for all rows.
    """

    def on_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for series in split(batches):
            yield from as_rows(compute(series), table).to_batches()

    wanted = daily.select("site_id", "date", *VARIABLES)
    return wanted.repartition(PARTITIONS, "site_id").mapInArrow(on_partition, table.ddl)


def split(batches: Iterable[pa.RecordBatch]) -> Iterator[Series]:
    """The series in a partition that holds whole sites."""
    held = [batch for batch in batches if batch.num_rows]
    if not held:
        return
    rows = pa.Table.from_batches(held).sort_by([("site_id", "ascending"), ("date", "ascending")])
    site_ids = rows["site_id"].to_numpy(zero_copy_only=False)
    dates = rows["date"].to_numpy().astype("datetime64[D]")
    starts = np.flatnonzero(np.r_[True, site_ids[1:] != site_ids[:-1]])
    for name in VARIABLES:
        values = rows[name].to_numpy(zero_copy_only=False).astype(float)
        for start, stop in zip(starts, np.r_[starts[1:], len(site_ids)], strict=True):
            present = start + np.flatnonzero(~np.isnan(values[start:stop]))
            if len(present):
                yield Series(str(site_ids[start]), name, dates[present], values[present])


def as_rows(columns: Columns, table: Table) -> pa.Table:
    """An Arrow table with the columns of `table`; NaN becomes null, single values are repeated."""
    length = max(len(value) for value in columns.values() if isinstance(value, np.ndarray))
    arrays = []
    for column in table.columns:
        value = columns[column.name]
        value = np.full(length, value) if isinstance(value, np.generic) else value
        values = value if isinstance(value, np.ndarray) else [value] * length
        arrays.append(pa.array(values, _ARROW[column.type], from_pandas=True))
    return pa.Table.from_arrays(arrays, names=list(table.names))

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


@dataclass(frozen=True)
class SiteDays:
    """All variables at one site: ascending `dates` `(days,)`, and by name the values `(days,)`, NaN for missing."""

    site_id: str
    latitude: float
    dates: npt.NDArray[np.datetime64]
    values: Mapping[str, npt.NDArray[np.float64]]


def map_sites(
    daily: DataFrame, sites: DataFrame, table: Table, compute: Callable[[SiteDays], Iterable[Columns]]
) -> DataFrame:
    """Rows of `table`, computed from one site after the other.

    Args:
        daily: trusted daily values.
        sites: trusted sites.
        table: names and types of the result.
        compute: portions of the table's columns: arrays of one length, or single values that hold for all rows.
    """

    def on_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for site_id, dates, values in _sites(batches, names):
            for columns in compute(SiteDays(site_id, values["latitude"][0], dates, values)):
                yield from as_rows(columns, table).to_batches()

    names = [*VARIABLES, "latitude"]
    places = sites.select("site_id", "latitude")
    wanted = daily.select("site_id", "date", *VARIABLES).join(places, "site_id")
    return wanted.repartition(PARTITIONS, "site_id").mapInArrow(on_partition, table.ddl)


def _sites(
    batches: Iterable[pa.RecordBatch], names: Iterable[str]
) -> Iterator[tuple[str, npt.NDArray[np.datetime64], dict[str, npt.NDArray[np.float64]]]]:
    """Id, dates and columns of numbers of each site in a partition that holds whole sites."""
    held = [batch for batch in batches if batch.num_rows]
    if not held:
        return
    rows = pa.Table.from_batches(held).sort_by([("site_id", "ascending"), ("date", "ascending")])
    site_ids = rows["site_id"].to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.r_[True, site_ids[1:] != site_ids[:-1]])
    for start, stop in zip(starts, np.r_[starts[1:], len(site_ids)], strict=True):
        part = rows.slice(start, stop - start)
        values = {name: part[name].to_numpy(zero_copy_only=False).astype(float) for name in names}
        yield str(site_ids[start]), part["date"].to_numpy().astype("datetime64[D]"), values


@dataclass(frozen=True)
class Pair:
    """One variable at one site, of the archive and of the station: `(days,)` each, NaN for missing."""

    site_id: str
    variable: str
    dates: npt.NDArray[np.datetime64]
    archive: npt.NDArray[np.float64]
    station: npt.NDArray[np.float64]


def map_pairs(pairs: DataFrame, table: Table, compute: Callable[[Pair], Iterable[Columns]]) -> DataFrame:
    """Rows of `table`, computed from one site and variable after the other; a station's columns begin with station_."""
    names = [*VARIABLES, *(f"station_{name}" for name in VARIABLES)]

    def on_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for site_id, dates, values in _sites(batches, names):
            for name in VARIABLES:
                for columns in compute(Pair(site_id, name, dates, values[name], values[f"station_{name}"])):
                    yield from as_rows(columns, table).to_batches()

    wanted = pairs.select("site_id", "date", *names)
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

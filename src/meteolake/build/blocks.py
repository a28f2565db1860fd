"""Blocks of sites as NumPy grids out of a table and rows back: the engine moves the data, NumPy computes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from meteolake.build.runs import ROWS_AT_ONCE
from meteolake.build.site_by_site import by_site, whole_sites
from meteolake.climate.calendar import DAYS, Dates, Floats, Integers, day_of_year, years
from meteolake.tables import Table, Type

Columns = Mapping[str, object]
"""A table's columns: arrays of one length, or single values that hold for all rows."""

_Arrow = pa.Array | pa.ChunkedArray
_CELLS_AT_ONCE = 180_000  # of a column: sixteen sites of thirty years
_ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "double": pa.float64(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
}


@dataclass(frozen=True)
class Block:
    """Daily series of some sites, laid out by the calendar.

    `years` `(years,)`; `grids` by column, `(sites, years, 366)`, NaN for missing; `places` by column, `(sites,)`.
    """

    site_ids: list[str]
    years: Integers
    grids: Mapping[str, Floats]
    places: Mapping[str, Floats]

    def known(self, name: str) -> tuple[list[str], Floats]:
        """The sites that have a value of a column, and their grids."""
        grid = self.grids[name]
        chosen = np.flatnonzero(np.isfinite(grid).any(axis=(1, 2)))
        return [self.site_ids[site] for site in chosen], grid[chosen]

    def days(self, site: int) -> tuple[Dates, dict[str, Floats]]:
        """All days of the years of a site, in a row, and its columns on them, `(days,)` each."""
        has_data = np.any([np.isfinite(grid[site]).any(axis=1) for grid in self.grids.values()], axis=0)
        first, last = np.flatnonzero(has_data)[[0, -1]]
        ends = (self.years[[first, last]] + [0, 1] - 1970).astype("datetime64[Y]").astype("datetime64[D]")
        dates = np.arange(*ends)
        place = years(dates) - self.years[0], day_of_year(dates) - 1
        return dates, {name: grid[site][place] for name, grid in self.grids.items()}


def map_blocks(
    daily: DataFrame,
    columns: Sequence[str],
    table: Table,
    compute: Callable[[Block], Iterable[Columns]],
    *,
    places: Sequence[str] = (),
) -> DataFrame:
    """Rows of `table`, computed from one block of sites after the other.

    Args:
        daily: one row per site and date.
        columns: those that become grids.
        table: names and types of the result.
        compute: portions of the table's columns.
        places: columns that are the same in all rows of a site.
    """

    def on_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for block in _blocks(batches, columns, places):
            for portion in compute(block):
                yield from as_rows(portion, table).to_batches(ROWS_AT_ONCE)

    types = {"site_id": "string", "date": "date", **dict.fromkeys((*columns, *places), "double")}
    return by_site(daily, types, places).mapInArrow(on_partition, table.ddl)


def _blocks(batches: Iterable[pa.RecordBatch], columns: Sequence[str], places: Sequence[str]) -> Iterator[Block]:
    """The sites of a partition that holds whole sites, one after the other."""
    for rows in whole_sites(batches):
        yield from _blocks_of(rows, columns, places)


def _blocks_of(rows: pa.Table, columns: Sequence[str], places: Sequence[str]) -> Iterator[Block]:
    site_ids, site = codes(rows["site_id"])
    days = dates(rows["date"])
    year, day = years(days), day_of_year(days) - 1
    found = np.arange(year.min(), year.max() + 1)
    values = {name: numbers(rows[name]) for name in (*columns, *places)}
    at_once = max(1, _CELLS_AT_ONCE // (len(found) * DAYS))
    for start in range(0, len(site_ids), at_once):
        members = site_ids[start : start + at_once]
        chosen = np.flatnonzero((site >= start) & (site < start + len(members)))
        member = site[chosen] - start
        place = (member * len(found) + year[chosen] - found[0]) * DAYS + day[chosen]
        grids = {name: np.full((len(members), len(found), DAYS), np.nan) for name in columns}
        for name, grid in grids.items():
            grid.reshape(-1)[place] = values[name][chosen]  # a third of what np.put takes
        of_site = {name: np.empty(len(members)) for name in places}
        for name, of_member in of_site.items():
            of_member[member] = values[name][chosen]
        yield Block(members, found, grids, of_site)


def codes(values: pa.ChunkedArray) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """The distinct values in their order, and the place of each row's among them, `(rows,)`."""
    runs = pc.run_end_encode(_whole(values))
    encoded = runs.values.dictionary_encode()  # values come many times in a row
    found = np.array(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(found)
    rank = np.empty(len(found), np.int64)
    rank[order] = np.arange(len(found))
    lengths = np.diff(runs.run_ends.to_numpy(), prepend=0)
    return found[order].tolist(), np.repeat(rank[encoded.indices.to_numpy()], lengths)


def dates(column: pa.Array | pa.ChunkedArray) -> Dates:
    """A column of dates without null, `(rows,)`."""
    return np.asarray(column.cast(pa.int32()).to_numpy(), "datetime64[D]")


def numbers(column: pa.Array | pa.ChunkedArray) -> Floats:
    """A column as floats, NaN for null, `(rows,)`."""
    whole = _whole(column) if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(whole.to_numpy(zero_copy_only=False), float)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array, without copying one that is."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def repeated(texts: Sequence[str], times: int | Integers) -> pa.Array:
    """Each text so many times in a row."""
    places = np.repeat(np.arange(len(texts), dtype=np.int32), times)
    return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(texts, pa.string())).dictionary_decode()


def as_rows(columns: Columns, table: Table) -> pa.Table:
    """An Arrow table with the columns of `table`; NaN becomes null, single values are repeated."""
    length = max(len(value) for value in columns.values() if isinstance(value, np.ndarray | _Arrow))
    arrays = []
    for column in table.columns:
        value, kind = columns[column.name], _ARROW[column.type]
        value = value.item() if isinstance(value, np.generic) else value
        if isinstance(value, _Arrow):
            arrays.append(value)
        elif isinstance(value, np.ndarray):
            arrays.append(pa.array(value, kind, from_pandas=True))
        elif value is None:
            arrays.append(pa.nulls(length, kind))
        else:
            arrays.append(pa.repeat(pa.scalar(value, kind), length))
    return pa.Table.from_arrays(arrays, names=list(table.names))

"""Tiles of neighbouring sites, each with a halo of others, so that no task has to hold all sites."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from meteolake.build.blocks import Columns, as_rows, codes, numbers
from meteolake.climate.calendar import Dates, Floats
from meteolake.forecast.tiles import tiles
from meteolake.tables import Table

_PARTITIONS = 8
_MEMBERS = "tile int, site_id string, is_core boolean, latitude double, longitude double"


@dataclass(frozen=True)
class Group:
    """A tile's sites and their days: `dates` `(days,)` without a gap, `values` by column `(sites, days)`.

    `is_core` `(sites,)` marks the sites that the tile answers for; `latitude` and `longitude` are `(sites,)`.
    """

    site_ids: list[str]
    is_core: npt.NDArray[np.bool_]
    latitude: Floats
    longitude: Floats
    dates: Dates
    values: Mapping[str, Floats]


def map_tiles(
    daily: DataFrame,
    sites: DataFrame,
    columns: Sequence[str],
    table: Table,
    compute: Callable[[Group], Iterable[Columns]],
) -> DataFrame:
    """Rows of `table`, computed from one tile after the other.

    Args:
        daily: one row per site and date.
        sites: trusted sites.
        columns: those that the tiles hold.
        table: names and types of the result.
        compute: portions of the table's columns.
    """

    def on_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for group in _groups(batches, columns):
            for portion in compute(group):
                yield from as_rows(portion, table).to_batches()

    wanted = daily.select("site_id", "date", *columns).join(_members(sites), "site_id")
    return wanted.repartition(_PARTITIONS, "tile").mapInArrow(on_partition, table.ddl)


def _members(sites: DataFrame) -> DataFrame:
    """Which sites are in which tile; a site is in the core of one, and maybe in the halo of others."""
    places = sites.select("site_id", "latitude", "longitude").orderBy("site_id").collect()
    found = tiles(np.array([place.latitude for place in places]), np.array([place.longitude for place in places]))
    rows = [
        (number, places[site].site_id, rank < len(tile.core), places[site].latitude, places[site].longitude)
        for number, tile in enumerate(found)
        for rank, site in enumerate(tile.members.tolist())
    ]
    return sites.sparkSession.createDataFrame(rows, _MEMBERS)


def _groups(batches: Iterable[pa.RecordBatch], columns: Sequence[str]) -> Iterator[Group]:
    """The tiles in a partition that holds whole tiles."""
    held = [batch for batch in batches if batch.num_rows]
    if held:
        rows = pa.Table.from_batches(held)
        for tile in pc.unique(rows["tile"]):
            yield _group(rows.filter(pc.equal(rows["tile"], tile)), columns)


def _group(rows: pa.Table, columns: Sequence[str]) -> Group:
    """The rows of a tile as arrays over all days from its first to its last."""
    site_ids, site = codes(rows["site_id"])
    found = rows["date"].to_numpy().astype("datetime64[D]")
    dates = np.arange(found.min(), found.max() + np.timedelta64(1, "D"))
    day = (found - dates[0]).astype(int)
    values = {name: np.full((len(site_ids), len(dates)), np.nan) for name in columns}
    for name, grid in values.items():
        grid[site, day] = numbers(rows[name])
    of_site = {name: np.empty(len(site_ids)) for name in ("is_core", "latitude", "longitude")}
    for name, place in of_site.items():
        place[site] = numbers(rows[name])
    return Group(site_ids, of_site["is_core"] > 0, of_site["latitude"], of_site["longitude"], dates, values)

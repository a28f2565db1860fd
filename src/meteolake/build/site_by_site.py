"""Rows in portions, so that an Arrow function holds a few sites at a time and never a whole partition."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from meteolake.build.runs import folded, numbered, portions, unfolded
from meteolake.errors import BrokenAssumption

_ROWS_OF_SITES = 150_000


def by_site(rows: DataFrame, types: Mapping[str, str], same: Collection[str] = ()) -> DataFrame:
    """Each site's rows in one task and in a row, in runs, so that a task has to hold some sites at a time.

    The engine sorts on disk where memory is short.

    Args:
        rows: one row per site, date and capture, in any order.
        types: the columns wanted, with the type of each.
        same: columns that rarely change from row to row, besides the site.
    """
    return numbered(folded(rows, types, {"site_id", *same}), "site_id")


def whole_sites(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Rows that come in runs, site after site, in portions of whole sites.

    Raises:
        BrokenAssumption: a site's rows do not come in a row.
    """
    rest: list[pa.RecordBatch] = []
    done: set[str] = set()
    for portion in portions((rows for runs in batches for rows in unfolded(runs)), _ROWS_OF_SITES):
        rows = pa.Table.from_batches([*rest, *portion.to_batches()])
        last_site = pc.index(rows["site_id"], rows["site_id"][-1]).as_py()
        if last_site:
            yield _of_new_sites(rows.slice(0, last_site), done)
        rest = rows.slice(last_site).to_batches()
    if rest:
        yield _of_new_sites(pa.Table.from_batches(rest), done)


def _of_new_sites(rows: pa.Table, done: set[str]) -> pa.Table:
    """The rows, whose sites are then done."""
    found = set(pc.unique(rows["site_id"]).to_pylist())
    if again := found & done:
        raise BrokenAssumption(f"The engine gave the rows of site {min(again)} in several parts.")
    done |= found
    return rows

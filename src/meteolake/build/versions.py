"""Several captures of one day: which values hold, and what changed from one capture to the next.

The newest capture of a day wins. A value that the archive gave once and lacks later is kept all the same: the archive
has lost months of history for a while, so that a null in place of a value is a finding and not an update.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame

from meteolake.build import quality
from meteolake.build.blocks import codes, dates, numbers
from meteolake.build.runs import by_year, run_ddl, runs_of
from meteolake.build.site_by_site import by_site, whole_sites
from meteolake.climate.calendar import years
from meteolake.tables import REVISIONS, Table
from meteolake.variables import VARIABLES

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

DAYS_AHEAD = 1
_OF_CAPTURE = {
    "source": "string",
    "captured_at": "timestamp",
    "raw_object": "string",
    "is_deleted": "boolean",
    "is_new": "boolean",
}
_OF_REVISION = ("site_id", "date", "source", "captured_at", "raw_object", "sequence")


def newest(rows: DataFrame, table: Table, *, keeps_values: bool) -> DataFrame:
    """One row per day: the newest capture that passes every check, without the days that it deletes.

    Args:
        rows: the columns of `table` without the year, `source`, `is_deleted`, and `is_new`, which is false where a row
            is known from before and has been checked then.
        table: gives the columns of the result.
        keeps_values: whether a value that a later capture lacks is kept.
    """
    same = [name for name in ("site_id", *_OF_CAPTURE, "year") if name in table.names]
    compute = partial(_newest, names=table.names, same=same, keeps_values=keeps_values)
    runs = by_site(rows, _types(table), _OF_CAPTURE).mapInArrow(compute, run_ddl(table.types, same))
    return by_year(runs, table, same)


def revisions(rows: DataFrame, table: Table, *, keeps_values: bool) -> DataFrame:
    """One row per value that a later capture of the same day gave otherwise, or no longer gave.

    Args:
        rows: as for `newest`, with `sequence`; those that are not new are compared with and not reported.
        table: the table that holds the values.
        keeps_values: whether a value that a later capture lacks goes on to be compared with.
    """
    compute = partial(_revisions, table=table, keeps_values=keeps_values)
    types = _types(table) | {"sequence": "bigint"}
    return by_site(rows, types, (*_OF_CAPTURE, "sequence")).mapInArrow(compute, REVISIONS.ddl)


def _types(table: Table) -> dict[str, str]:
    """The columns by which captures of a day are compared, but the sequence."""
    return {name: kind for name, kind in table.types.items() if name != "year"} | _OF_CAPTURE


def _newest(
    batches: Iterable[pa.RecordBatch], names: tuple[str, ...], same: Sequence[str], keeps_values: bool
) -> Iterator[pa.RecordBatch]:
    """Runs of the newest rows."""
    for portion in whole_sites(batches):
        rows = _checked(portion.combine_chunks(), needs_values=True)
        if rows.num_rows:
            for part in _newest_of(rows, names, keeps_values).to_batches():
                yield runs_of(part, same)


def _newest_of(rows: pa.Table, names: tuple[str, ...], keeps_values: bool) -> pa.Table:
    order, is_first = _order(rows)
    is_last = np.r_[is_first[1:], True]
    chosen = np.flatnonzero(is_last & ~_mask(rows, "is_deleted")[order])
    kept = _taken(rows, order[chosen])
    if keeps_values and not is_first.all():
        kept = _with_values_kept(kept, rows, order, is_first, chosen)
    kept = kept.append_column("year", pa.array(years(dates(kept["date"])), pa.int32()))
    return kept.select(names)


def _revisions(batches: Iterable[pa.RecordBatch], table: Table, keeps_values: bool) -> Iterator[pa.RecordBatch]:
    for portion in whole_sites(batches):
        rows = _checked(portion, needs_values=False)
        if rows.num_rows:
            yield from _revisions_of(rows, table, keeps_values)


def _revisions_of(rows: pa.Table, table: Table, keeps_values: bool) -> Iterator[pa.RecordBatch]:
    order, is_first = _order(rows)
    rows = _taken(rows, order)
    is_new = _mask(rows, "is_new")
    for name in _variables(rows):
        values = numbers(rows[name])
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


def _checked(rows: pa.Table, *, needs_values: bool) -> pa.Table:
    """The rows without the new ones that are refused, or, where asked for, that have no value."""
    is_good = quality.is_accepted(rows, DAYS_AHEAD)
    if needs_values:
        is_good &= quality.has_values(rows)
    is_kept = is_good | ~_mask(rows, "is_new")
    return rows if is_kept.all() else rows.filter(pa.array(is_kept))


def _order(rows: pa.Table) -> tuple[Places, Mask]:
    """The order of the rows by series, day and capture, and whether each is then the first of its day."""
    (site_ids, site), (_, source), (objects, raw_object) = (
        codes(rows[name]) for name in ("site_id", "source", "raw_object")
    )
    day = dates(rows["date"]).astype(np.int64)
    times, captured = codes(rows["captured_at"])
    of_day = (source * len(site_ids) + site) * (np.ptp(day) + 1) + day - day.min()
    order = np.argsort((of_day * len(times) + captured) * len(objects) + raw_object)
    of_day = of_day[order]
    return order, np.r_[True, of_day[1:] != of_day[:-1]]


def _taken(rows: pa.Table, places: Places) -> pa.Table:
    is_whole = len(places) == rows.num_rows and (places == np.arange(len(places))).all()
    return rows if is_whole else rows.take(pa.array(places))


def _filled(values: Values, is_first: Mask) -> Values:
    """Each value, or the last one before it on the same day where it is missing."""
    known = np.where(is_first | ~np.isnan(values), np.arange(len(values)), 0)
    return np.asarray(values[np.maximum.accumulate(known)])


def _with_values_kept(kept: pa.Table, rows: pa.Table, order: Places, is_first: Mask, chosen: Places) -> pa.Table:
    """The chosen rows with the values that they lack and an earlier capture of their day has."""
    several = np.flatnonzero(~(is_first & np.r_[is_first[1:], True]))  # most days have one capture alone
    is_chosen = np.isin(several, chosen)
    place = np.searchsorted(chosen, several[is_chosen])
    for name in _variables(rows):
        filled = _filled(numbers(rows[name])[order[several]], is_first[several])[is_chosen]
        values = numbers(kept[name])
        if not np.array_equal(filled, values[place], equal_nan=True):
            values = values.copy()
            values[place] = filled
            kept = kept.set_column(kept.column_names.index(name), name, pa.array(values, from_pandas=True))
    return kept


def _variables(rows: pa.Table) -> list[str]:
    return [name for name in rows.column_names if name in VARIABLES]


def _mask(rows: pa.Table, name: str) -> Mask:
    return np.asarray(rows[name].to_numpy(), bool)

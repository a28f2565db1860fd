"""Sites and station observations out of any relational database that SQLAlchemy reaches.

Observations are read by a cursor, a column that grows with each change of a row. A row that was committed late can
have a cursor below one already read; so the rows within `overlap` of the newest cursor are counted, and when their
number has changed, or there are rows beyond, they are read again. Reading a row twice is harmless: in the trusted table
the newest capture of a day wins.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from meteolake.capture.connection import reading, reflected
from meteolake.capture.cursor import Cursor, Position
from meteolake.capture.rows import arrow_batches
from meteolake.errors import SourceError
from meteolake.sites import Site, standard_offset
from meteolake.units import conversion
from meteolake.variables import VARIABLES

BATCH_ROWS = 100_000
_SITE_COLUMNS = ("site_id", "name", "latitude", "longitude")
_OPTIONAL_SITE_COLUMNS = ("elevation_m", "utc_offset_hours")


@dataclass(frozen=True)
class SitesTable:
    """The table of sites; `columns` maps our names to its own."""

    table: str = "sites"
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ObservationsTable:
    """The table of observations: where its columns have other names or units, and how a change is seen.

    Args:
        table: its name, with a schema where needed.
        columns: our names to its own.
        units: units of its variables, where they are not the lake's.
        missing: numbers that stand for a missing value.
        cursor: a column that grows with each change; None compares the table as a whole.
        overlap: how far before the newest cursor late commits are looked for.
        deleted: a column that is true for deleted rows.

    Raises:
        ConfigError: a unit that the variable cannot have.
    """

    table: str = "observations"
    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[float, ...] = ()
    cursor: str | None = "updated_at"
    overlap: timedelta = timedelta(hours=1)
    deleted: str | None = None

    def __post_init__(self) -> None:
        for variable, unit in self.units.items():
            conversion(unit, variable)


@dataclass(frozen=True)
class ObservationBatch:
    """Rows as received: site_id and date as text, numbers unconverted, with their units and sentinels beside them."""

    table: pa.Table
    cursor_from: str | None
    cursor_to: str | None
    first_date: date | None
    last_date: date | None

    @property
    def rows(self) -> int:
        """How many rows the batch has."""
        return int(self.table.num_rows)


def read_sites(url: str, sites: SitesTable) -> list[Site]:
    """All sites of a database.

    Raises:
        SourceError: the database, a table or a column is missing; there are no sites, or one is wrong.
    """
    with reading(url) as connection:
        required = {name: sites.columns.get(name, name) for name in _SITE_COLUMNS}
        table = reflected(connection, sites.table, {**required, **sites.columns})
        optional = {name: sites.columns.get(name, name) for name in _OPTIONAL_SITE_COLUMNS}
        chosen = required | {name: column for name, column in optional.items() if column in table.c}
        statement = sa.select(*(table.c[column].label(name) for name, column in chosen.items()))
        rows = [dict(row) for row in connection.execute(statement).mappings()]
    if not rows:
        raise SourceError(f"Table {sites.table!r} has no sites: add at least one row.")
    found = sorted(map(_site, rows), key=lambda site: site.site_id)
    if twice := {one.site_id for one, other in pairwise(found) if one.site_id == other.site_id}:
        raise SourceError(f"Table {sites.table!r} has site {min(twice)!r} twice: keep one row of each.")
    return found


def read_observations(
    url: str, observations: ObservationsTable, after: str | None, *, batch_rows: int = BATCH_ROWS
) -> Iterator[ObservationBatch]:
    """What changed since a cursor, in batches; nothing when nothing changed. `after` None reads everything.

    Raises:
        SourceError: the database, a table or a column is missing, or a value is no number.
    """
    with reading(url) as connection:
        names = {name: observations.columns.get(name, name) for name in ("site_id", "date")}
        extra = {name: name for name in (observations.cursor, observations.deleted) if name}
        table = reflected(connection, observations.table, {**names, **observations.columns, **extra})
        variables = {name: observations.columns.get(name, name) for name in VARIABLES}
        columns = names | {name: column for name, column in variables.items() if column in table.c}
        read = _by_cursor if observations.cursor else _as_a_whole
        yield from read(connection, table, columns, observations, after, batch_rows)


def _by_cursor(
    connection: sa.Connection,
    table: sa.Table,
    columns: Mapping[str, str],
    observations: ObservationsTable,
    after: str | None,
    batch_rows: int,
) -> Iterator[ObservationBatch]:
    cursor = Cursor(table, str(observations.cursor), observations.overlap)
    since = Position.parse(after) if after else None
    if since and not cursor.has_news(connection, since):
        return
    end = cursor.end(connection)
    statement = cursor.rows_since(_selection(table, columns, observations, cursor.column), columns, since)
    came_from = after
    for rows, newest, is_last in arrow_batches(connection, statement, tuple(columns), batch_rows):
        # The next batch may begin with the cursor at which this one ends, so only the last can count its window.
        position = end if is_last else Position(newest, None)
        yield _batch(rows, observations, came_from, position.text)
        came_from = position.text


def _as_a_whole(
    connection: sa.Connection,
    table: sa.Table,
    columns: Mapping[str, str],
    observations: ObservationsTable,
    after: str | None,
    batch_rows: int,
) -> Iterator[ObservationBatch]:
    """All rows, when their digest is not that of the last time."""
    keys = [table.c[columns["site_id"]], table.c[columns["date"]]]
    statement = _selection(table, columns, observations, sa.null()).order_by(*keys)
    digest = hashlib.sha256()
    for rows, *_ in arrow_batches(connection, statement, tuple(columns), batch_rows):
        digest.update(json.dumps(rows.to_pydict(), sort_keys=True).encode())
    if digest.hexdigest() == after:
        return
    for rows, *_ in arrow_batches(connection, statement, tuple(columns), batch_rows):
        yield _batch(rows, observations, after, digest.hexdigest())


def _selection(
    table: sa.Table, columns: Mapping[str, str], observations: ObservationsTable, cursor: sa.ColumnElement[Any]
) -> sa.Select[tuple[object, ...]]:
    """Our columns under our names, whether a row is deleted, and its cursor."""
    is_deleted = table.c[observations.deleted] if observations.deleted else sa.false()
    return sa.select(
        *(table.c[column].label(name) for name, column in columns.items()),
        is_deleted.label("is_deleted"),
        cursor.label("cursor"),
    )


def _batch(
    rows: pa.Table, observations: ObservationsTable, cursor_from: str | None, cursor_to: str
) -> ObservationBatch:
    for name, value in (("units", dict(observations.units)), ("missing", list(observations.missing))):
        rows = rows.append_column(name, pa.repeat(pa.scalar(json.dumps(value)), rows.num_rows))
    days = [day for text in pc.unique(rows["date"]).to_pylist() if (day := _day(text))]
    return ObservationBatch(rows, cursor_from, cursor_to, min(days, default=None), max(days, default=None))


def _day(text: str | None) -> date | None:
    """A date as received, if it is one."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _site(row: Mapping[str, object]) -> Site:
    try:
        longitude = float(str(row["longitude"]))
        elevation, offset = row.get("elevation_m"), row.get("utc_offset_hours")
        return Site(
            str(row["site_id"]),
            str(row["name"]),
            float(str(row["latitude"])),
            longitude,
            None if elevation is None else float(str(elevation)),
            standard_offset(longitude) if offset is None else int(str(offset)),
        )
    except ValueError as error:
        raise SourceError(f"Site {row['site_id']!r} has a value that is no number: {error}.") from error

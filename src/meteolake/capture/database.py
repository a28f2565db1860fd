"""Sites and station observations out of any relational database that SQLAlchemy reaches.

Observations are read by a cursor, a column that grows with each change of a row. A row that was committed late can
have a cursor below one already read; so the rows within `overlap` of the newest cursor are counted, and when their
number has changed, or there are rows beyond, they are read again. Reading a row twice is harmless: in the trusted table
the newest capture of a day wins.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from meteolake.capture import arrow_rows
from meteolake.capture.connection import reading, reflected
from meteolake.capture.cursor import Cursor, Position
from meteolake.capture.rows import Columns, PlainRows, Rows, Statement
from meteolake.capture.site_rows import site_of
from meteolake.errors import ConfigError, SourceError
from meteolake.lake.raw import constant
from meteolake.sites import Site
from meteolake.units import conversion
from meteolake.variables import VARIABLES

BATCH_ROWS = 200_000
TRUE_TEXTS = ("1", "t", "true", "y", "yes")
_SITE_COLUMNS = ("site_id", "name", "latitude", "longitude")
_OPTIONAL_SITE_COLUMNS = ("elevation_m", "utc_offset_hours")


@dataclass(frozen=True)
class SitesTable:
    """The table of sites; `columns` maps our names to its own.

    Raises:
        ConfigError: a name that is none of ours.
    """

    table: str = "sites"
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse_unknown("sites", self.columns, (*_SITE_COLUMNS, *_OPTIONAL_SITE_COLUMNS))


@dataclass(frozen=True)
class ObservationsTable:
    """The table of observations: where its columns have other names or units, and how a change is seen.

    Args:
        table: its name, with a schema where needed.
        columns: our names to its own.
        units: units of its variables, where they are not the lake's.
        missing: numbers that stand for a missing value.
        texts: the numbers that some texts stand for, such as a trace of rain; NaN for a missing value.
        cursor: a column that grows with each change; None compares the table as a whole.
        overlap: how far before the newest cursor late commits are looked for.
        deleted: a column that marks deleted rows: true, another number than 0, a time, or a text of `TRUE_TEXTS`.
        compare_keys: how often all keys are compared to find rows deleted without a trace; None for never.

    Raises:
        ConfigError: a name that is none of ours, or a unit that the variable cannot have.
    """

    table: str = "observations"
    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[float, ...] = ()
    texts: Mapping[str, float] = field(default_factory=dict)
    cursor: str | None = "updated_at"
    overlap: timedelta = timedelta(hours=1)
    deleted: str | None = None
    compare_keys: timedelta | None = None

    @property
    def key_columns(self) -> dict[str, str]:
        """The columns that together name a row, by our names."""
        return {name: self.columns.get(name, name) for name in ("site_id", "date")}

    def __post_init__(self) -> None:
        _refuse_unknown("observations", self.columns, ("site_id", "date", *VARIABLES))
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


def _refuse_unknown(section: str, columns: Mapping[str, str], known: Iterable[str]) -> None:
    """A misspelt name would be passed over, and its column with it."""
    if unknown := [name for name in columns if name not in known]:
        raise ConfigError(
            f"`columns` under [database.{section}] maps {unknown[0]!r}, which is none of our names: choose among "
            f"{', '.join(known)}."
        )


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
    found = sorted(map(site_of, rows), key=lambda site: site.site_id)
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
        names = observations.key_columns
        extra = {name: name for name in (observations.cursor, observations.deleted) if name}
        table = reflected(connection, observations.table, {**names, **observations.columns, **extra})
        variables = {name: observations.columns.get(name, name) for name in VARIABLES}
        wanted = names | {name: column for name, column in variables.items() if column in table.c}
        if len(wanted) == len(names):
            raise SourceError(
                f"Table {observations.table!r} has no column called like a variable: its columns are "
                f"{', '.join(table.c.keys())}. Map yours in `columns` under [database.observations]."
            )
        columns = {name: table.c[column] for name, column in wanted.items()}
        rows = fastest_rows(connection, columns, observations, batch_rows)
        is_deleted = rows.flag(_mark(table.c[observations.deleted])) if observations.deleted else sa.false()
        selected = [
            *(column.label(name) for name, column in rows.columns(columns).items()),
            is_deleted.label("is_deleted"),
        ]
        if observations.cursor:
            cursor = Cursor(table, observations.cursor, observations.overlap)
            # Where a batch ends between equal cursors, they are read again: no order among them is needed.
            statement = sa.select(*selected, cursor.column.label("cursor")).order_by(cursor.column)
            found = _by_cursor(connection, cursor, statement, rows, after)
        else:
            found = _as_a_whole(
                sa.select(*selected, sa.null().label("cursor")).order_by(columns["site_id"], columns["date"]),
                rows,
                after,
            )
        for table_rows, cursor_from, cursor_to in found:
            yield as_batch(table_rows, observations, cursor_from, cursor_to)


def _mark(column: sa.Column[Any]) -> sa.ColumnElement[int]:
    """1 where a column marks its row as deleted, 0 where it is null or does not."""
    if isinstance(column.type, sa.Date | sa.DateTime):
        is_marked: sa.ColumnElement[bool] = column.is_not(None)
    elif isinstance(column.type, sa.String | sa.types.NullType):
        is_marked = sa.func.lower(column).in_(TRUE_TEXTS)
    else:
        is_marked = column.is_(True) if isinstance(column.type, sa.Boolean) else column != 0
    return sa.case((is_marked, 1), else_=0)


def fastest_rows(connection: sa.Connection, columns: Columns, observations: ObservationsTable, batch_rows: int) -> Rows:
    """The fastest way to read these columns."""
    if arrow_rows.can_read(connection, columns):
        return arrow_rows.ArrowRows(connection, batch_rows)
    return PlainRows(connection, observations.texts, batch_rows)


def _by_cursor(
    connection: sa.Connection, cursor: Cursor, statement: Statement, rows: Rows, after: str | None
) -> Iterator[tuple[pa.Table, str | None, str]]:
    """Tables with the cursors before and after them; none when nothing changed."""
    since = Position.parse(after) if after else None
    if since and not cursor.has_news(connection, since):
        return
    end = cursor.end(connection)
    came_from = after
    for table, newest, is_last in rows.batches(cursor.since(statement, since)):
        # The next batch may begin with the cursor at which this one ends, so only the last can count its window.
        position = end if is_last else Position(newest, None)
        yield table, came_from, position.text
        came_from = position.text


def _as_a_whole(statement: Statement, rows: Rows, after: str | None) -> Iterator[tuple[pa.Table, str | None, str]]:
    """All rows, when their digest is not that of the last time."""
    digest = _digest(table for table, *_ in rows.batches(statement))
    if digest == after:
        return
    for table, *_ in rows.batches(statement):
        yield table, after, digest


def _digest(tables: Iterable[pa.Table]) -> str:
    """A digest of rows, however they are cut into tables."""
    columns: dict[str, Any] = {}
    for table in tables:
        for name in table.column_names:
            texts = pc.fill_null(table[name].cast(pa.string()), "\0").to_pylist()
            columns.setdefault(name, hashlib.sha256()).update("\n".join([*texts, ""]).encode())
    return hashlib.sha256("".join(each.hexdigest() for each in columns.values()).encode()).hexdigest()


def as_batch(
    rows: pa.Table, observations: ObservationsTable, cursor_from: str | None, cursor_to: str | None
) -> ObservationBatch:
    """Rows with what is needed to understand them."""
    for name, value in (("units", dict(observations.units)), ("missing", list(observations.missing))):
        rows = rows.append_column(name, constant(json.dumps(value), rows.num_rows))
    days = [day for text in pc.unique(rows["date"]).to_pylist() if (day := _day(text))]
    return ObservationBatch(rows, cursor_from, cursor_to, min(days, default=None), max(days, default=None))


def _day(text: str | None) -> date | None:
    """A date as received, if it is one."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None

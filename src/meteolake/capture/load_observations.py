"""The way into a database for people who have files: creates the tables and upserts sites and observations."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from meteolake.capture.connection import writing
from meteolake.errors import SourceError
from meteolake.sites import Site
from meteolake.variables import VARIABLES

_BATCH_ROWS = 20_000
_METADATA = sa.MetaData()
_ID = sa.String(255)
_BY_CONFLICT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")

SITES = sa.Table(
    "sites",
    _METADATA,
    sa.Column("site_id", _ID, primary_key=True),
    sa.Column("name", _ID, nullable=False),
    sa.Column("latitude", sa.Double, nullable=False),
    sa.Column("longitude", sa.Double, nullable=False),
    sa.Column("elevation_m", sa.Double),
    sa.Column("utc_offset_hours", sa.Integer),
    sa.Column("updated_at", _INSTANT, nullable=False),
)
OBSERVATIONS = sa.Table(
    "observations",
    _METADATA,
    sa.Column("site_id", _ID, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    *(sa.Column(name, sa.Double) for name in VARIABLES),
    sa.Column("updated_at", _INSTANT, nullable=False, index=True),
)


@dataclass(frozen=True)
class Loaded:
    """Rows that are new or changed."""

    sites: int
    observations: int


def _ignore(rows: int) -> None:
    """Take no notice."""


def load(url: str, sites: Iterable[Site], observations: pa.Table, on_rows: Callable[[int], None] = _ignore) -> Loaded:
    """Upsert sites and observations in one transaction; `updated_at` moves only where a value changed.

    Args:
        url: an SQLAlchemy URL of SQLite, PostgreSQL, MySQL or MariaDB; the tables `sites` and `observations` are
            created if missing.
        sites: the places.
        observations: site_id, date, and variables in the lake's units.
        on_rows: told how many observations are done.

    Raises:
        SourceError: another kind of database, or it refuses.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    with writing(url) as connection:
        _METADATA.create_all(connection)
        _upsert(connection, SITES, ("site_id",), [{**asdict(site), "updated_at": now} for site in sites])
        names = [name for name in VARIABLES if name in observations.column_names]
        chosen = observations.select(["site_id", "date", *names])
        done = 0
        for batch in chosen.to_batches(max_chunksize=_BATCH_ROWS):
            rows = [{**row, "updated_at": now} for row in batch.to_pylist()]
            _upsert(connection, OBSERVATIONS, ("site_id", "date"), rows)
            done += len(rows)
            on_rows(done)
        return Loaded(_changed(connection, SITES, now), _changed(connection, OBSERVATIONS, now))


def _upsert(connection: sa.Connection, table: sa.Table, key: Sequence[str], rows: list[dict[str, Any]]) -> None:
    """Insert rows, or update those of the same key that differ."""
    if not rows:
        return
    values = [name for name in rows[0] if name not in key and name != "updated_at"]
    dialect = connection.dialect.name
    if dialect in _BY_CONFLICT:
        insert = _BY_CONFLICT[dialect](table)
        new = {name: insert.excluded[name] for name in (*values, "updated_at")}
        differs = _differs(table, insert.excluded, values)
        connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=new, where=differs), rows)
    elif dialect in ("mysql", "mariadb"):
        replacing = mysql.insert(table)
        differs = _differs(table, replacing.inserted, values)
        # The time comes first: what is assigned before it would already be the new value.
        time = sa.case((differs, replacing.inserted.updated_at), else_=table.c.updated_at)
        changes = [("updated_at", time), *((name, replacing.inserted[name]) for name in values)]
        connection.execute(replacing.on_duplicate_key_update(changes), rows)
    else:
        raise SourceError(f"Files can be loaded into SQLite, PostgreSQL, MySQL and MariaDB, not into {dialect}.")


def _differs(table: sa.Table, new: Any, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a row that is there has other values than the one to be inserted."""
    return sa.or_(*(table.c[name].is_distinct_from(new[name]) for name in values))


def _changed(connection: sa.Connection, table: sa.Table, now: datetime) -> int:
    """Rows that this load wrote: those of its time."""
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.updated_at == now)) or 0

"""The refined tables in a PostgreSQL database, for readers who have one.

Each table is loaded in one transaction: COPY into a temporary table, then only what differs is written. Readers see the
old table or the new one. The Delta version that was loaded stands in `published`, so that an unchanged table costs
nothing, and a load that was broken off is made again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.dataset as pads
from deltalake import DeltaTable

from meteolake.errors import LakeError, PublishError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.publish.postgres_schema import PUBLISHED, prepare
from meteolake.tables import SITES, TABLES, Table

if TYPE_CHECKING:
    from psycopg import Connection, Cursor

SCHEMA = "meteolake"
_LOCK = 7_302_941_055
_BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Published:
    """What a load changed; all zero where the table had been loaded already."""

    table: str
    version: int
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def changed(self) -> int:
        """How many rows the load wrote or removed."""
        return self.inserted + self.updated + self.deleted


def publish(zones: Zones, url: str, *, schema: str = SCHEMA) -> list[Published]:
    """Bring the refined tables and the sites in a database up to date.

    Args:
        zones: the lake.
        url: `postgresql://…`, as SQLAlchemy takes it; its password is never shown.
        schema: where the tables are; it is created.

    Raises:
        PublishError: the database cannot be reached, refuses, or has a table of another form.
    """
    with _connected(url) as connection:
        connection.execute("select pg_advisory_lock(%s)", [_LOCK])  # one publisher at a time; it ends with the session
        prepare(connection, schema)
        wanted = [SITES, *(table for table in TABLES if table.zone == "refined")]
        return [_publish(connection, zones, schema, table) for table in wanted if tables.exists(zones, table)]


def _publish(connection: "Connection[Any]", zones: Zones, schema: str, table: Table) -> Published:
    """Load a table unless its version was loaded already."""
    opened = tables.open_table(zones, table)
    version = opened.version()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(f"select version from {schema}.{PUBLISHED} where table_name = %s", [table.name])
        row = cursor.fetchone()
        if row and row[0] == version:
            return Published(table.name, version)
        years = _changed_years(zones, table, opened, row[0]) if row and "year" in table.partition else None
        _stage(cursor, schema, table, opened.to_pyarrow_dataset(), years)
        deleted = _delete_vanished(cursor, schema, table, years)
        inserted, updated = _upsert(cursor, schema, table)
        cursor.execute(
            f"insert into {schema}.{PUBLISHED} values (%s, %s, now()) "
            "on conflict (table_name) do update set version = excluded.version, published_at = excluded.published_at",
            [table.name, version],
        )
    return Published(table.name, version, inserted, updated, deleted)


def _changed_years(zones: Zones, table: Table, opened: DeltaTable, since: int) -> list[int] | None:
    """Years of a partitioned table with other files than at a version; None where that version is gone."""
    try:
        before = tables.open_table(zones, table, since)
    except LakeError:
        return None
    old, new = _files(before), _files(opened)
    return sorted({year for path, year in (old | new).items() if path not in old or path not in new})


def _files(opened: DeltaTable) -> dict[str, int]:
    """The year of each of a table's files."""
    files = pa.table(opened.get_add_actions(flatten=True))
    return dict(zip(files["path"].to_pylist(), files["partition.year"].to_pylist(), strict=True))


def _stage(
    cursor: "Cursor[Any]", schema: str, table: Table, dataset: pads.Dataset, years: Sequence[int] | None
) -> None:
    """Copy the rows of some years, or all, into the temporary table `staged`."""
    cursor.execute(f"create temp table staged (like {schema}.{table.name}) on commit drop")
    columns = list(table.names)
    wanted = None if years is None else pads.field("year").isin(list(years))
    # Every value in quotes: an empty text is then another thing than a missing one.
    options = pacsv.WriteOptions(include_header=False, quoting_style="all_valid")
    with cursor.copy(f"copy staged ({', '.join(columns)}) from stdin (format csv)") as copy:
        for batch in dataset.to_batches(columns=columns, filter=wanted, batch_size=_BATCH_ROWS):
            text = BytesIO()
            pacsv.write_csv(batch, text, options)
            copy.write(text.getvalue())
    cursor.execute("analyze staged")


def _delete_vanished(cursor: "Cursor[Any]", schema: str, table: Table, years: Sequence[int] | None) -> int:
    same = " and ".join(f"s.{name} = t.{name}" for name in table.key)
    scope = "" if years is None else "t.year = any(%s) and "
    cursor.execute(
        f"delete from {schema}.{table.name} t where {scope}not exists (select from staged s where {same})",
        [] if years is None else [list(years)],
    )
    return int(cursor.rowcount)


def _upsert(cursor: "Cursor[Any]", schema: str, table: Table) -> tuple[int, int]:
    """Write the staged rows that are new or differ; how many were new, and how many differed."""
    names = ", ".join(table.names)
    values = [name for name in table.names if name not in table.key]
    new = ", ".join(f"{name} = excluded.{name}" for name in values)
    old, given = (", ".join(f"{row}.{name}" for name in values) for row in ("t", "excluded"))
    cursor.execute(
        f"with written as (insert into {schema}.{table.name} as t ({names}) select {names} from staged "
        f"on conflict ({', '.join(table.key)}) do update set {new} "
        f"where ({old}) is distinct from ({given}) returning xmax = 0 as is_new) "
        "select count(*) filter (where is_new), count(*) filter (where not is_new) from written"
    )
    inserted, updated = cursor.fetchone() or (0, 0)
    return int(inserted), int(updated)


@contextmanager
def _connected(url: str) -> "Iterator[Connection[Any]]":
    try:
        import psycopg
    except ImportError as error:
        raise PublishError(
            "PostgreSQL's driver is missing: install it with `pip install 'meteolake[postgres]'`."
        ) from error
    try:
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True) as connection:
            yield connection
    except psycopg.Error as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise PublishError(
            f"PostgreSQL refused what is published: {_without_password(said, url).rstrip('.')}. Check "
            "METEOLAKE_PUBLISH_POSTGRES, and that the server runs and lets you in."
        ) from None


def _without_password(said: str, url: str) -> str:
    """A driver's words with nothing of the URL's password in them."""
    _, _, after = url.rpartition("@")
    credentials = url.removesuffix(f"@{after}").rpartition("/")[2] if "@" in url else ""
    _, _, password = credentials.partition(":")
    return said.replace(password, "***") if password else said

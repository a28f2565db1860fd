"""Read-only SQL over the lake: DuckDB over the Delta tables as delta-rs gives them."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.lake.tables import AsOf
from meteolake.tables import TABLES, ZONES, Type

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,  # no other files, no network
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,  # a name is a table of the lake, never a variable of this process
    "memory_limit": "2GB",
}
_TYPES: dict[Type, str] = {"timestamp": "timestamptz"}
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


def query(zones: Zones, sql: str, parameters: Sequence[object] = (), as_of: AsOf = None) -> pa.Table:
    """The answer to one reading statement; tables are named `zone.table`.

    Args:
        zones: the lake.
        sql: in DuckDB's dialect, `?` for parameters.
        parameters: values for them.
        as_of: a version or an instant of the tables, instead of the newest.

    Raises:
        LakeError: the statement is wrong, would write, or names a table that is not there.
    """
    with connection(zones, sql, as_of) as connected:
        try:
            return _reading(connected, sql, parameters).to_arrow_table()
        except duckdb.Error as error:
            known = ", ".join(table.full_name for table in TABLES if tables.exists(zones, table)) or "none yet"
            raise LakeError(_gone(error, as_of) or _said(error, known)) from error


def described(sql: str) -> pa.Schema:
    """The columns of a statement's answer: it is checked against the tables as they are declared, and reads nothing.

    Raises:
        LakeError: the statement is wrong, would write, or names a table that there is not.
    """
    with duckdb.connect(config=_SETTINGS) as connected:
        for zone in ZONES:
            connected.execute(f"create schema {zone}")
        for table in TABLES:
            columns = ", ".join(f"{column.name} {_TYPES.get(column.type, column.type)}" for column in table.columns)
            connected.execute(f"create table {table.full_name} ({columns})")
        connected.execute("set lock_configuration = true")
        try:
            return _reading(connected, sql).limit(0).to_arrow_table().schema
        except duckdb.Error as error:
            raise LakeError(_said(error, ", ".join(table.full_name for table in TABLES))) from error


def _reading(connected: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()) -> Any:
    statements = connected.extract_statements(sql)
    if len(statements) != 1 or statements[0].type not in _READING:
        raise LakeError("The lake is read only: give one statement that reads, such as `select …`.")
    return connected.sql(sql, params=list(parameters))


def connection(zones: Zones, sql: str, as_of: AsOf = None) -> duckdb.DuckDBPyConnection:
    """A connection that knows the tables which a statement names, and can reach nothing else."""
    connected = duckdb.connect(config=_SETTINGS)
    for zone in ZONES:
        connected.execute(f"create schema {zone}")
    for table in TABLES:
        is_named = re.search(rf"\b{table.name}\b", sql) or re.search(r"\b(show|information_schema|duckdb_)", sql, re.I)
        if is_named and tables.exists(zones, table):
            connected.register(f"{table.zone}_{table.name}", tables.dataset(zones, table, as_of))
            connected.execute(f"create view {table.full_name} as from {table.zone}_{table.name}")
    connected.execute("set lock_configuration = true")
    return connected


def _gone(error: duckdb.Error, as_of: AsOf) -> str | None:
    """What to tell where a table's old files are no more."""
    if as_of is None or not re.search(r"not found|no such file", str(error), re.I):
        return None
    when = f"{as_of:%Y-%m-%d %H:%M:%S} UTC" if isinstance(as_of, datetime) else f"version {as_of}"
    return (
        f"The tables cannot be read as of {when} any more: `meteolake maintain` has removed their files, as it does "
        "with those of versions older than its --keep-days. Ask for a later instant."
    )


def _said(error: duckdb.Error, known: str) -> str:
    """DuckDB's own words, and for a table that is not there those that are."""
    said = str(error).strip()
    if isinstance(error, duckdb.CatalogException):
        return f"{said.splitlines()[0]} The lake's tables: {known}."
    return said

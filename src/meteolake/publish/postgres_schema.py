"""The tables in PostgreSQL as `tables` describes them: created, extended, and commented."""

from typing import TYPE_CHECKING, Any

from meteolake.errors import PublishError
from meteolake.tables import SITES, TABLES, Column, Table, Type

if TYPE_CHECKING:
    from psycopg import Connection

PUBLISHED = "published"

_TYPES: dict[Type, str] = {
    "string": "text",
    "date": "date",
    "timestamp": "timestamp with time zone",
    "double": "double precision",
    "int": "integer",
    "bigint": "bigint",
    "boolean": "boolean",
}


def prepare(connection: "Connection[Any]", schema: str) -> None:
    """Create what is missing: the schema, its tables, and columns that were added since.

    Raises:
        PublishError: a column is there with another type.
    """
    with connection.transaction():
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            f"create table if not exists {schema}.{PUBLISHED} "
            "(table_name text primary key, version bigint not null, published_at timestamp with time zone not null)"
        )
        for table in (SITES, *(each for each in TABLES if each.zone == "refined")):
            known = _columns(connection, schema, table)
            if not known:
                _create(connection, schema, table)
            elif _extend(connection, schema, table, known):
                # Rows that were loaded before lack the new column: load the table anew.
                connection.execute(f"delete from {schema}.{PUBLISHED} where table_name = %s", [table.name])


def _columns(connection: "Connection[Any]", schema: str, table: Table) -> dict[str, str]:
    """The types of the table's columns; none where there is no table."""
    rows = connection.execute(
        "select column_name, data_type from information_schema.columns where table_schema = %s and table_name = %s",
        [schema, table.name],
    )
    return dict(rows.fetchall())


def _create(connection: "Connection[Any]", schema: str, table: Table) -> None:
    columns = ", ".join(f"{column.name} {_TYPES[column.type]}" for column in table.columns)
    connection.execute(f"create table {schema}.{table.name} ({columns}, primary key ({', '.join(table.key)}))")
    connection.execute(f"comment on table {schema}.{table.name} is {_quoted(table.meaning)}")
    for column in table.columns:
        _comment(connection, schema, table, column)


def _extend(connection: "Connection[Any]", schema: str, table: Table, known: dict[str, str]) -> bool:
    """Add the columns that are missing; whether there were any."""
    missing = [column for column in table.columns if column.name not in known]
    for column in table.columns:
        found = known.get(column.name, _TYPES[column.type])
        if found != _TYPES[column.type]:
            raise PublishError(
                f"Column {column.name} of {schema}.{table.name} is {found} and should be {_TYPES[column.type]}: "
                f"drop the table {schema}.{table.name}, and the next run makes it anew."
            )
    for column in missing:
        connection.execute(f"alter table {schema}.{table.name} add column {column.name} {_TYPES[column.type]}")
        _comment(connection, schema, table, column)
    return bool(missing)


def _comment(connection: "Connection[Any]", schema: str, table: Table, column: Column) -> None:
    text = f"{column.meaning} [{column.unit}]" if column.unit else column.meaning
    connection.execute(f"comment on column {schema}.{table.name}.{column.name} is {_quoted(text)}")


def _quoted(text: str) -> str:
    """A text as an SQL literal, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"

"""What stands in for Athena: DuckDB executes its SQL over a lake, and answers are written as Athena writes them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp
from tests.aws.loopback import DATABASES

from meteolake.lake.paths import Zones
from meteolake.lake.query import query

_ZONES = {database: zone for zone, database in DATABASES.items()}
_TYPES: Mapping[str, str] = {
    "bool": "boolean",
    "int32": "integer",
    "int64": "bigint",
    "double": "double",
    "string": "varchar",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
}


def executed(zones: Zones, sent: str) -> pa.Table:
    """The answer to a statement in Athena's dialect, read as such and put to DuckDB."""
    statement = sqlglot.parse_one(sent, read="athena")
    for table in statement.find_all(exp.Table):
        if table.db:
            table.set("db", exp.to_identifier(_ZONES[table.db]))
    return query(zones, statement.sql(dialect="duckdb"))


def pages(answer: pa.Table) -> dict[str, Any]:
    """An answer as GetQueryResults gives it: a first row of names, then texts, nothing for null."""
    header = [{"VarCharValue": name} for name in answer.column_names]
    rows = [{"Data": header}] + [
        {"Data": [_datum(value) for value in row]} for row in zip(*_values(answer), strict=True)
    ]
    columns = [{"Name": field.name, "Type": _type(field.type)} for field in answer.schema]
    return {"rows": rows, "column_info": columns}


def as_texts(answer: pa.Table) -> tuple[list[list[str | None]], list[str]]:
    """An answer as Athena's client reads it: rows of texts, and the columns' types."""
    content = pages(answer)
    rows = [[datum.get("VarCharValue") for datum in row["Data"]] for row in content["rows"][1:]]
    return rows, [column["Type"] for column in content["column_info"]]


def _values(answer: pa.Table) -> list[list[Any]]:
    return [column.to_pylist() for column in answer.columns]


def _type(arrow: pa.DataType) -> str:
    if pa.types.is_timestamp(arrow) and arrow.tz:
        return "timestamp with time zone"
    return "decimal" if pa.types.is_decimal(arrow) else _TYPES[str(arrow)]


def _datum(value: Any) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": text(value)}


def text(value: Any) -> str:
    """A value as Trino prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
        return f"{moment} UTC" if value.tzinfo else moment
    if isinstance(value, float):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(value), repr(value))
    return value.isoformat() if isinstance(value, date) else str(value)

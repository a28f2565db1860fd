"""Athena's answers, which are texts, as typed columns."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa

Text = str | None


def typed(rows: Sequence[Sequence[Text]], types: Sequence[str], expected: pa.Schema) -> pa.Table:
    """The rows of an answer as a table.

    Args:
        rows: texts as Athena gives them, None for null.
        types: Athena's type of each column.
        expected: names and types that the columns should have; where a value does not fit, Athena's type stays.
    """
    columns = zip(*rows, strict=True) if rows else ((),) * len(types)
    arrays = [_column(texts, type_, field) for texts, type_, field in zip(columns, types, expected, strict=True)]
    return pa.Table.from_arrays(arrays, names=expected.names)


def _column(texts: Sequence[Text], type_: str, expected: pa.Field) -> pa.Array:
    arrow, parse = _TYPES.get(type_, (pa.string(), str))
    values = pa.array([None if text is None else parse(text) for text in texts], arrow)
    try:
        return values.cast(expected.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return values


def _instant(text: str) -> datetime:
    """`2026-01-01 06:00:00.000 Europe/Berlin`: an offset or the name of a zone comes last."""
    moment, _, zone = text.rpartition(" ")
    if zone[0] in "+-":
        return datetime.fromisoformat(f"{moment}{zone}").astimezone(UTC)
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


_INTEGER = (pa.int64(), int)
_FLOAT = (pa.float64(), float)
_TYPES: Mapping[str, tuple[pa.DataType, Callable[[str], object]]] = {
    "boolean": (pa.bool_(), lambda text: text == "true"),
    "tinyint": _INTEGER,
    "smallint": _INTEGER,
    "integer": _INTEGER,
    "bigint": _INTEGER,
    "real": _FLOAT,
    "float": _FLOAT,
    "double": _FLOAT,
    "decimal": (None, Decimal),
    "date": (pa.date32(), lambda text: datetime.fromisoformat(text).date()),
    "timestamp": (pa.timestamp("us"), datetime.fromisoformat),
    "timestamp with time zone": (pa.timestamp("us", "UTC"), _instant),
}

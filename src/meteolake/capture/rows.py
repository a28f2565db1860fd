"""Rows of a query as Arrow tables, a batch at a time."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import pyarrow as pa
import sqlalchemy as sa

from meteolake.errors import SourceError

_TEXTS = ("site_id", "date")


def arrow_batches(
    connection: sa.Connection, statement: sa.Select[tuple[object, ...]], names: Sequence[str], batch_rows: int
) -> Iterator[tuple[pa.Table, object, bool]]:
    """The rows of a statement as tables; with each, the cursor of its last row and whether it is the last table.

    Args:
        connection: it streams where its driver can.
        statement: selects `names`, `is_deleted` and `cursor`.
        names: columns of the tables: site_id and date as text, the others as numbers.
        batch_rows: bounds the memory.

    Raises:
        SourceError: a value is no number.
    """
    with connection.execution_options(yield_per=batch_rows).execute(statement) as result:
        held: Sequence[sa.Row[tuple[object, ...]]] = ()
        for rows in result.partitions():
            if held:
                yield *_table(held, names), False
            held = rows
        if held:
            yield *_table(held, names), True


def _table(rows: Sequence[sa.Row[tuple[object, ...]]], names: Sequence[str]) -> tuple[pa.Table, object]:
    *columns, is_deleted, cursor = zip(*rows, strict=True)
    arrays = [
        _texts(values) if name in _TEXTS else _numbers(values, name)
        for name, values in zip(names, columns, strict=True)
    ]
    deleted = pa.array([bool(value) for value in is_deleted])
    return pa.table([*arrays, deleted], names=[*names, "is_deleted"]), cursor[-1]


def _texts(values: Sequence[object]) -> pa.Array:
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _numbers(values: Sequence[object], name: str) -> pa.Array:
    try:
        return pa.array(values, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # decimals, and numbers written as texts
        return pa.array([_number(value, name) for value in values], pa.float64())


def _number(value: object, name: str) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise SourceError(
            f"The observations have {name} {value!r}, which is no number: correct it, or map another column."
        ) from error

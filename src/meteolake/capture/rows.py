"""Rows of a query as Arrow tables, a batch at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import pyarrow as pa
import sqlalchemy as sa

from meteolake.errors import SourceError

Columns = Mapping[str, sa.ColumnElement[Any]]
Statement = sa.Select[tuple[object, ...]]
Batch = tuple[pa.Table, object, bool]
"""A table of site_id and date as text, variables as numbers and is_deleted; its last row's cursor; is it the last?"""

_TEXTS = ("site_id", "date")


class Rows(Protocol):
    """A way to read the rows of a table of observations."""

    def columns(self, columns: Columns) -> Columns:
        """What to select for each of our columns."""

    def flag(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """What to select for a column that tells yes or no."""

    def batches(self, statement: Statement) -> Iterator[Batch]:
        """The rows of a statement that selects such columns, `is_deleted` and `cursor`."""


@dataclass(frozen=True)
class PlainRows:
    """Reads through SQLAlchemy from any database; it streams where the driver can.

    `texts` are the numbers that some texts stand for.
    """

    connection: sa.Connection
    texts: Mapping[str, float]
    batch_rows: int

    def columns(self, columns: Columns) -> Columns:
        """The columns as they are: values are converted one by one."""
        return columns

    def flag(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The column as it is."""
        return column

    def batches(self, statement: Statement) -> Iterator[Batch]:
        """The rows of a statement that selects columns, `is_deleted` and `cursor`.

        Raises:
            SourceError: a value is no number.
        """
        with self.connection.execution_options(yield_per=self.batch_rows).execute(statement) as result:
            names = tuple(result.keys())
            yield from with_end(self._table(rows, names) for rows in result.partitions())

    def _table(self, rows: Sequence[sa.Row[tuple[object, ...]]], names: Sequence[str]) -> tuple[pa.Table, object]:
        *columns, is_deleted, cursor = zip(*rows, strict=True)
        arrays = [
            _texts(values) if name in _TEXTS else self._numbers(values, name)
            for name, values in zip(names, columns, strict=False)
        ]
        deleted = pa.array([bool(value) for value in is_deleted])
        return pa.table([*arrays, deleted], names=names[:-1]), cursor[-1]

    def _numbers(self, values: Sequence[object], name: str) -> pa.Array:
        try:
            return pa.array(values, pa.float64())
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # decimals, and numbers written as texts
            return pa.array([self._number(value, name) for value in values], pa.float64(), from_pandas=True)

    def _number(self, value: object, name: str) -> float | None:
        if value is None or value == "":
            return None
        if isinstance(value, str):
            value = self.texts.get(value.strip(), value.replace(",", "."))
        try:
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise SourceError(
                f"The observations have {name} {value!r}, which is no number: correct it, map another column, or tell "
                "under [database.observations] in `texts` what it stands for."
            ) from error


def with_end(tables: Iterable[tuple[pa.Table, object]]) -> Iterator[Batch]:
    """Each table with whether it is the last one."""
    held: tuple[pa.Table, object] | None = None
    for each in tables:
        if held:
            yield *held, False
        held = each
    if held:
        yield *held, True


def _texts(values: Sequence[object]) -> pa.Array:
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)

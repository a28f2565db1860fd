"""Rows of a PostgreSQL query by ADBC: columns as the server sends them, without a Python object for each value."""

import contextlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL

from meteolake.capture.rows import Batch, Columns, Statement, with_end
from meteolake.errors import SourceUnavailable


@dataclass(frozen=True)
class ArrowRows:
    """Reads through a connection of its own, so that it may see rows newer than those that `connection` sees.

    `connection` tells database and dialect.
    """

    connection: sa.Connection
    batch_rows: int

    def columns(self, columns: Columns) -> dict[str, sa.ColumnElement[object]]:
        """Site and date as texts, the others as numbers: the server converts them."""
        return {
            name: _as_text(column) if name in ("site_id", "date") else sa.cast(column, sa.Double)
            for name, column in columns.items()
        }

    def flag(self, column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
        """A column that tells yes or no."""
        return sa.cast(column, sa.Boolean)

    def batches(self, statement: Statement) -> Iterator[Batch]:
        """The rows of a statement that selects such columns, `is_deleted` and `cursor`.

        Raises:
            SourceUnavailable: the database breaks off.
        """
        import adbc_driver_postgresql.dbapi as postgresql

        url = self.connection.engine.url
        try:
            with contextlib.closing(postgresql.connect(_libpq(url))) as source, source.cursor() as cursor:
                cursor.execute(self._text(statement))
                tables = _of_size(cursor.fetch_record_batch(), self.batch_rows)
                with contextlib.closing(_read_ahead(map(_with_texts, tables))) as ready:
                    yield from with_end((rows.drop_columns("cursor"), rows["cursor"][-1].as_py()) for rows in ready)
        except postgresql.Error as error:
            reason = str(error).splitlines()[0]
            raise SourceUnavailable(
                f"The database broke off: {reason.replace(str(url.password), '***') if url.password else reason}"
            ) from None

    def _text(self, statement: Statement) -> str:
        text = str(statement.compile(dialect=self.connection.dialect, compile_kwargs={"literal_binds": True}))
        return text.replace("%%", "%")  # SQLAlchemy's driver would take a single one for the sign of a parameter


def can_read(connection: sa.Connection, columns: Columns) -> bool:
    """Whether the columns of a table can be read so: of PostgreSQL, with numbers that are numbers there."""
    numbers = [column for name, column in columns.items() if name not in ("site_id", "date")]
    is_numeric = all(isinstance(column.type, sa.Float | sa.Numeric | sa.Integer) for column in numbers)
    return connection.dialect.name == "postgresql" and is_numeric and _has_driver()


def _has_driver() -> bool:
    try:
        import adbc_driver_postgresql.dbapi  # noqa: F401
    except ImportError:
        return False
    return True


def _libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _as_text(column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    """As text by the server, or as a date, which `_with_texts` turns into its text."""
    is_day = isinstance(column.type, sa.Date | sa.DateTime)
    return sa.cast(column, sa.Date if is_day else sa.Text)


def _with_texts(rows: pa.Table) -> pa.Table:
    """The rows with dates as texts, as they are received from other databases."""
    return rows.set_column(rows.column_names.index("date"), "date", rows["date"].cast(pa.string()))


def _read_ahead(tables: Iterator[pa.Table]) -> Generator[pa.Table]:
    """The tables, of which the next is received while one is in use: the driver works without Python's lock."""
    with ThreadPoolExecutor(max_workers=1) as receiver:
        coming = receiver.submit(next, tables, None)
        while (rows := coming.result()) is not None:
            coming = receiver.submit(next, tables, None)
            yield rows


def _of_size(reader: pa.RecordBatchReader, batch_rows: int) -> Iterator[pa.Table]:
    """The reader's rows in tables of so many rows, the last of fewer; none is empty."""
    held = reader.schema.empty_table()
    for batch in reader:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        while held.num_rows >= batch_rows:
            yield held.slice(0, batch_rows)
            held = held.slice(batch_rows)
    if held.num_rows:
        yield held

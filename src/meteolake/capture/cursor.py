"""How far a table has been read, by a column that grows with each change of a row."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from meteolake.capture.rows import Statement
from meteolake.errors import SourceError


@dataclass(frozen=True)
class Position:
    """The newest cursor that was read, and how many rows lay within the overlap before it (None: not all were read)."""

    value: object
    rows: int | None

    @property
    def text(self) -> str:
        """The position as text that `parse` reads back exactly."""
        kind = "timestamp" if isinstance(self.value, datetime) else "date" if isinstance(self.value, date) else "plain"
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        plain = int(value) if isinstance(value, Decimal) and value == int(value) else value
        return json.dumps({"kind": kind, "value": plain, "rows": self.rows}, default=str)

    @classmethod
    def parse(cls, text: str) -> "Position":
        """The position of a text."""
        found = json.loads(text)
        read = {"timestamp": datetime.fromisoformat, "date": date.fromisoformat}.get(found["kind"])
        return cls(read(found["value"]) if read else found["value"], found["rows"])


@dataclass(frozen=True)
class Cursor:
    """The cursor column of a table."""

    table: sa.Table
    name: str
    overlap: timedelta

    @property
    def column(self) -> sa.Column[object]:
        """The column."""
        return self.table.c[self.name]

    def has_news(self, connection: sa.Connection, since: Position) -> bool:
        """Whether rows lie beyond a position, or more or fewer than before lie within its overlap."""
        if since.rows is None:
            return True
        is_beyond = sa.select(sa.exists().where(self.column > since.value))
        return bool(connection.scalar(is_beyond)) or self._rows_within_overlap(connection, since.value) != since.rows

    def end(self, connection: sa.Connection) -> Position:
        """The table's newest position.

        Raises:
            SourceError: a row has no cursor, so that it would never be seen.
        """
        if connection.scalar(sa.select(sa.exists().where(self.column.is_(None)))):
            raise SourceError(
                f"Table {self.table.name!r} has rows without {self.name!r}, its cursor: fill the column, or set "
                '`cursor = ""` under [database.observations] to compare the table as a whole.'
            )
        newest = connection.scalar(sa.select(sa.func.max(self.column)))
        return Position(newest, None if newest is None else self._rows_within_overlap(connection, newest))

    def since(self, statement: Statement, position: Position | None) -> Statement:
        """A statement's rows from the overlap before a position on; all of them without one."""
        return statement.where(self.column >= self._overlap_start(position.value)) if position else statement

    def _rows_within_overlap(self, connection: sa.Connection, value: object) -> int:
        within = (self.column >= self._overlap_start(value)) & (self.column <= value)
        return connection.scalar(sa.select(sa.func.count()).select_from(self.table).where(within)) or 0

    def _overlap_start(self, value: object) -> object:
        """Numbers and texts have no time to go back; rows that share the newest cursor are read again all the same."""
        return value - self.overlap if isinstance(value, date) else value

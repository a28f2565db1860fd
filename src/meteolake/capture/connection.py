"""Connections to a relational database: opened, reflected, and refused in one sentence without its password."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from meteolake.errors import SourceError, SourceUnavailable

_EXTRAS = {"psycopg": "'meteolake[postgres]'", "pymysql": "'meteolake[mysql]'"}
_SNAPSHOT = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "mariadb": "REPEATABLE READ"}


@contextlib.contextmanager
def reading(url: str) -> Iterator[sa.Connection]:
    """A connection that sees one state of the database for as long as it is open, and changes nothing.

    Raises:
        SourceUnavailable: the database cannot be reached.
        SourceError: the URL names no known database, or a query fails.
    """
    with _opened(url, must_exist=True) as engine:
        level = _SNAPSHOT.get(engine.dialect.name)
        with engine.connect() as connection:
            yield connection.execution_options(isolation_level=level) if level else connection


@contextlib.contextmanager
def writing(url: str) -> Iterator[sa.Connection]:
    """A connection in one transaction, committed at the end of the block; an SQLite file is created."""
    with _opened(url, must_exist=False) as engine, engine.begin() as connection:
        yield connection


def reflected(connection: sa.Connection, name: str, columns: Mapping[str, str]) -> sa.Table:
    """A table as it is in the database, with the columns that a mapping names.

    Raises:
        SourceError: there is no such table or column; those that are there are named.
    """
    schema, _, table_name = name.rpartition(".")
    try:
        table = sa.Table(table_name, sa.MetaData(), schema=schema or None, autoload_with=connection)
    except NoSuchTableError as error:
        found = ", ".join(sorted(sa.inspect(connection).get_table_names(schema or None))) or "none"
        raise SourceError(
            f"The database has no table {name!r}: its tables are {found}. Name yours in [database]."
        ) from error
    if missing := [column for column in columns.values() if column not in table.c]:
        raise SourceError(
            f"Table {name!r} has no column {missing[0]!r}: its columns are {', '.join(table.c.keys())}. "
            "Map yours under [database]."
        )
    return table


@contextlib.contextmanager
def _opened(url: str, *, must_exist: bool) -> Iterator[sa.Engine]:
    parsed = _parsed(url)
    if must_exist:
        _refuse_missing_file(parsed)
    try:
        engine = sa.create_engine(parsed)
    except NoSuchModuleError as error:
        raise SourceError(f"No kind of database is called {parsed.drivername!r}: try sqlite or postgresql.") from error
    except ModuleNotFoundError as error:
        package = _EXTRAS.get(error.name or "", error.name)
        raise SourceError(f"Python's driver for {parsed.drivername} is missing: pip install {package}.") from error
    try:
        yield engine
    except SQLAlchemyError as error:
        kind = SourceUnavailable if isinstance(error, sa.exc.OperationalError) else SourceError
        raise kind(
            f"The database {redacted(parsed)} refused: {_reason(error, parsed)}. "
            "Check its URL (`url` under [database]), and that the server runs and lets you in."
        ) from None
    finally:
        engine.dispose()


def location(url: str) -> str:
    """Which database a URL names, whoever asks.

    Raises:
        SourceError: the URL names no database.
    """
    parsed = _parsed(url)
    return f"{parsed.get_backend_name()}://{parsed.host}:{parsed.port}/{parsed.database}"


def redacted(url: URL) -> str:
    """A URL without its password."""
    return url.render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    try:
        return sa.make_url(url)
    except ArgumentError:
        raise SourceError("The database's url is none of SQLAlchemy's: write it like sqlite:///stations.db.") from None


def _refuse_missing_file(url: URL) -> None:
    """SQLite would create a file that is not there, and find it empty."""
    path = url.database
    if url.get_backend_name() == "sqlite" and path and path != ":memory:" and not Path(path).is_file():
        raise SourceError(
            f"There is no database at {path}: correct `url` under [database] of meteolake.toml, or remove it there "
            "and name your sites under [sites]. `meteolake load-observations` makes a database out of files."
        )


def _reason(error: SQLAlchemyError, url: URL) -> str:
    """What the driver said, in one line and without the password."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    said = lines[0].strip().rstrip(".") if lines else type(error).__name__
    return said.replace(str(url.password), "***") if url.password else said

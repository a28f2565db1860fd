"""A user's mistakes: one message on stderr, nothing on stdout, no traceback, and an exit code."""

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.shell import command, refused


def wrong_latitude(folder: Path) -> None:
    with sqlite3.connect(folder / "stations.db") as connection:
        connection.execute("create table sites (site_id, name, latitude, longitude)")
        connection.execute("insert into sites values ('x', 'X', 91, 0)")
    connection.close()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("run",), 1, "There are no sites yet: `meteolake init` writes a meteolake.toml"),
        (("run", "--config", "other.toml"), 2, "There is no other.toml: write one with `meteolake init`."),
        (("status",), 1, "There is no lake at"),
        (("maintain",), 1, "There is no lake at"),
        (("quality",), 1, "There is no lake at"),
        (("sql", "select 1 from refined.forecast_daily"), 1, "none yet"),
        (("serve",), 1, "There is no lake at"),
        (("load-observations", "none.csv"), 1, "none.csv does not exist"),
        (("simulate", "open-meteo", "--sites", "x.csv"), 2, "--observations and --sites together"),
        (("simulate", "open-meteo", "--faults", "gremlins=1"), 2, "no fault 'gremlins'"),
        (("demo", "--lake", "/proc/lake", "--offline"), 1, "cannot be written at /proc/lake"),
        (("dance",), 2, "No such command 'dance'"),
        (("sql",), 2, "Missing argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_mistake_is_told_in_one_message(words: tuple[str, ...], status: int, said: str, tmp_path: Path) -> None:
    assert said in refused(*words, cwd=tmp_path, status=status)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_configuration_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "meteolake.toml").write_text('[run]\nengine = "sprak"\n')
    assert 'meteolake.toml line 2: engine = "sprak": choose one of sail, spark.' in refused(
        "run", cwd=tmp_path, status=2
    )


def test_a_site_at_latitude_91_is_told(tmp_path: Path) -> None:
    wrong_latitude(tmp_path)
    assert "Site 'x' has latitude 91: it must lie between -90 and 90." in refused("run", cwd=tmp_path)
    assert not (tmp_path / "lake").exists()


def test_a_taken_port_is_told(lake: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "Address already in use" in refused("serve", "--port", port, cwd=tmp_path, environment=lake)


def test_a_file_of_sites_that_is_not_there_is_told_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "meteolake.toml").write_text('[sites]\nfile = "sites.csv"\n')
    assert "There is no sites.csv, which `file` under [sites] names" in refused("run", cwd=tmp_path, status=2)


def test_athena_without_what_it_needs_says_how_to_install_it(tmp_path: Path) -> None:
    bare = "import sys; sys.modules.update(boto3=None, botocore=None, sqlglot=None)"
    run = "from meteolake.__main__ import main; main()"
    line = [sys.executable, "-c", f"{bare}; {run}", "sql", "--on", "athena", "select 1"]
    finished = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "pip install 'meteolake[aws]'" in finished.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in command("--debug", "status", cwd=tmp_path).stderr

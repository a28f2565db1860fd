"""The commands that make a lake: what they print, where, and how they exit."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from tests.cli.shell import done, refused
from tests.lake.test_maintenance import fill

from meteolake import __version__
from meteolake.capture.load_observations import load
from meteolake.lake.paths import Zones
from meteolake.simulate.demo_sites import DEMO_SITES
from meteolake.simulate.faults import KINDS
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("demo",),
        ("init",),
        ("run",),
        ("capture",),
        ("status",),
        ("report",),
        ("sql",),
        ("serve",),
        ("simulate", "open-meteo"),
        ("load-observations",),
        ("sites", "add"),
        ("sites", "list"),
        ("aws", "deploy"),
        ("aws", "preflight"),
        ("aws", "cost"),
        ("aws", "destroy"),
        ("keys", "add"),
        ("keys", "list"),
        ("keys", "revoke"),
    ],
)
def test_every_command_has_help_and_json(words: tuple[str, ...], tmp_path: Path) -> None:
    text = done(*words, "--help", cwd=tmp_path)
    assert "Usage: meteolake" in text
    assert not words or "--json" in text


def test_the_help_of_the_simulator_names_every_kind_of_fault(tmp_path: Path) -> None:
    text = done("simulate", "open-meteo", "--help", cwd=tmp_path)
    assert [kind for kind in KINDS if kind not in text] == []


def test_the_demo_fills_a_lake_and_says_what_to_do_next(tmp_path: Path) -> None:
    text = done("demo", "--offline", cwd=tmp_path)
    for said in ("weather_forecast", "refined.forecast_daily", "Forecast skill", "meteolake serve ", "meteolake sql "):
        assert said in text
    again = json.loads(done("demo", "--offline", "--json", cwd=tmp_path))
    assert [stage["rows"] for stage in again["stages"]] == [{}] * len(again["stages"])


def test_init_writes_a_configuration_once(tmp_path: Path) -> None:
    assert "Wrote meteolake.toml" in done("init", cwd=tmp_path)
    assert "[open_meteo]" in (tmp_path / "meteolake.toml").read_text()
    assert "already there" in refused("init", cwd=tmp_path, status=2)


NO_OBSERVATIONS = pa.table({"site_id": pa.array([], pa.string()), "date": pa.array([], pa.date32())})


def test_the_lakes_of_the_demo_and_of_a_user_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    six_of_the_real_archive = DEMO_SITES[::4]
    load(f"sqlite:///{tmp_path / 'lake' / 'stations.db'}", six_of_the_real_archive, NO_OBSERVATIONS)
    assert "lake holds the demo's lake, which `meteolake demo` brings" in refused("run", cwd=tmp_path, status=2)
    assert "lake holds weather of the real archive" in refused("demo", "--offline", cwd=tmp_path)
    own = tmp_path / "own"
    fill(Zones.below(str(own)), 1)
    assert "that is not the demo's: choose another folder" in refused(
        "demo", "--offline", "--lake", "own", cwd=tmp_path
    )


def test_files_are_loaded_into_a_database(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("site_id,name,latitude,longitude\na,Alpha,50,10\n")
    (tmp_path / "daily.csv").write_text("site_id,date,temperature_max_c\na,2020-01-01,3.5\na,2020-01-02,\n")
    words = ("load-observations", "daily.csv", "--sites", "sites.csv")
    assert "Loaded 2 new or changed observations and 1 sites." in done(*words, cwd=tmp_path)
    assert json.loads(done(*words, "--json", cwd=tmp_path)) == {"sites": 0, "observations": 0}
    assert "2 new" in done(*words, "--database", "sqlite:///new.db", cwd=tmp_path)
    assert "Alpha" in done("sites", "list", cwd=tmp_path), "a run finds what was loaded"


def test_the_plan_of_a_capture_sends_and_writes_nothing(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "stations.db") as connection:
        connection.execute("create table sites (site_id, name, latitude, longitude)")
        connection.executemany("insert into sites values (?, 'X', 50, 10)", [(str(number),) for number in range(40)])
    connection.close()
    found = json.loads(done("capture", "--plan", "--json", cwd=tmp_path))
    assert found["requests"] >= 40
    assert found["left"] == {"minute": 480.0, "hour": 4000.0, "day": 8000.0}
    for part in ("before_long_wait", "today"):
        assert 0 < found[part]["requests"] < found["requests"]
        assert 0 < found[part]["weight"] < found["weight"]
    assert "Due: " in done("capture", "--plan", cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["stations.db"]


def test_a_place_is_looked_up_and_added_to_the_configuration(tmp_path: Path) -> None:
    done("init", cwd=tmp_path)
    with running(archive_app(GeneratedWeather(), sites=DEMO_SITES)) as url:
        assert "Added Munich (48.14, 11.58)" in done("sites", "add", "Munich", "--url", url, cwd=tmp_path)
        added = json.loads(done("sites", "add", "Zuri", "--url", url, "--json", cwd=tmp_path))
        assert "already" in refused("sites", "add", "Munich", "--url", url, cwd=tmp_path, status=2)
        assert "No place is called 'Atlantis'" in refused("sites", "add", "Atlantis", "--url", url, cwd=tmp_path)
    assert added["site_id"] == "zurich"
    listed = json.loads(done("sites", "list", "--json", cwd=tmp_path))
    assert [(site["site_id"], site["utc_offset_hours"]) for site in listed] == [("munich", 1), ("zurich", 1)]


def test_a_place_is_not_added_where_that_would_break_the_configuration(tmp_path: Path) -> None:
    inline = '[sites]\nplaces = [{ site_id = "a", name = "A", latitude = 1, longitude = 2 }]\n'
    (tmp_path / "meteolake.toml").write_text(inline)
    with running(archive_app(GeneratedWeather(), sites=DEMO_SITES)) as url:
        said = refused("sites", "add", "Munich", "--url", url, cwd=tmp_path, status=2)
    assert 'Add this one there yourself: [[sites.places]] site_id = "munich"' in said
    assert (tmp_path / "meteolake.toml").read_text() == inline


def test_sites_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("site_id,name,latitude,longitude\na,Alpha,50,10\n")
    (tmp_path / "meteolake.toml").write_text('[sites]\nfile = "sites.csv"\n')
    assert "Alpha" in done("sites", "list", cwd=tmp_path)


def test_keys_are_shown_once_listed_and_revoked(tmp_path: Path) -> None:
    words = ("--scope", "sites", "--scope", "scores", "--requests-per-day", "9")
    made = json.loads(done("keys", "add", "harbour", *words, "--json", cwd=tmp_path))
    assert made["key"].startswith("harbour.")
    assert "There is a key 'harbour' already" in refused("keys", "add", "harbour", cwd=tmp_path, status=2)
    [listed] = json.loads(done("keys", "list", "--json", cwd=tmp_path))
    assert (listed["scopes"], listed["requests_per_day"], listed["revoked_at"]) == (["sites", "scores"], 9, None)
    assert set(listed) == {"name", "scopes", "requests_per_day", "created_at", "revoked_at"}
    assert done("keys", "revoke", "harbour", cwd=tmp_path) == "Revoked harbour.\n"
    assert "sites, scores" in done("keys", "list", cwd=tmp_path)
    assert "There is no key 'nobody'" in refused("keys", "revoke", "nobody", cwd=tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full, which is as a disk that is full")
@pytest.mark.parametrize("words", [["--version"], ["keys", "list", "--json"], ["sql", "select 1"]])
def test_a_full_disk_is_told_as_such(words: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        line = [sys.executable, "-m", "meteolake", *words]
        ended = subprocess.run(line, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: No space left on device")


def test_the_version_needs_no_command(tmp_path: Path) -> None:
    assert done("--version", cwd=tmp_path) == f"{__version__}\n"


INTERRUPTED_WHILE_LOADING = """
import runpy, sys

class CtrlC:
    def find_spec(self, name, *_):
        if name == "meteolake.cli":
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
runpy.run_module("meteolake", run_name="__main__")
"""


def test_ctrl_c_while_the_commands_are_loaded_ends_quietly() -> None:
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED_WHILE_LOADING], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.parametrize(("words", "status"), [(["--version"], 0), (["sql", "select"], 1), (["no-command"], 2)])
def test_a_command_ends_before_python_is_taken_down_under_the_threads_of_libraries(
    words: list[str], status: int, tmp_path: Path
) -> None:
    watch = "import atexit; atexit.register(print, 'taken down')"
    line = [sys.executable, "-c", f"{watch}; from meteolake.__main__ import main; main()", *words]
    ended = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == status
    assert "taken down" not in ended.stdout
    assert ended.stdout or ended.stderr, "what was said is not lost"

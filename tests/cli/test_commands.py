"""The commands as a user runs them: what they print, where, and how they exit."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.lake.test_maintenance import fill

from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Settings
from meteolake.simulate.demo_sites import DEMO_SITES
from meteolake.simulate.faults import KINDS
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather


def command(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "meteolake", *words]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("METEOLAKE_")}
    return subprocess.run(line, cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=120)


def done(*words: str, cwd: Path, **environment: str) -> str:
    finished = command(*words, cwd=cwd, **environment)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def refused(*words: str, cwd: Path, status: int = 1, environment: dict[str, str] | None = None) -> str:
    finished = command(*words, cwd=cwd, **(environment or {}))
    assert finished.returncode == status, finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stdout == ""
    return " ".join(finished.stderr.split())


@pytest.fixture
def lake(filled: Settings) -> dict[str, str]:
    return {"METEOLAKE_LAKE_PATH": str(Path(filled.zones.raw).parent)}


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


def test_sql_answers_as_a_table_and_as_json(lake: dict[str, str], tmp_path: Path) -> None:
    statement = "select site_id, utc_offset_hours from trusted.sites order by site_id limit 1"
    assert "amsterdam" in done("sql", statement, cwd=tmp_path, **lake)
    assert json.loads(done("sql", statement, "--json", cwd=tmp_path, **lake)) == [
        {"site_id": "amsterdam", "utc_offset_hours": 1}
    ]


def test_status_tells_tables_and_runs(lake: dict[str, str], tmp_path: Path) -> None:
    found: dict[str, Any] = json.loads(done("status", "--json", cwd=tmp_path, **lake))
    rows = {row["table"]: row for row in found["tables"]}
    assert rows["trusted.sites"]["rows"] == 6
    assert rows["refined.forecast_daily"]["until"] == "2026-11-11"
    assert found["runs"][0]["stages"]
    assert "refined.climate_normals" in done("status", cwd=tmp_path, **lake)


def test_quality_counts_what_the_rules_found(lake: dict[str, str], tmp_path: Path) -> None:
    found = {row["rule"]: row for row in json.loads(done("quality", "--json", cwd=tmp_path, **lake))}
    assert found["in_range"]["severity"] == "error"
    assert found["in_range"]["count"] == found["in_range"]["since"] > 0
    assert "the value is possible on Earth" in done("quality", cwd=tmp_path, **lake)


def test_quality_of_a_lake_without_findings_says_so(tmp_path: Path) -> None:
    here = {"METEOLAKE_LAKE_PATH": str(tmp_path / "lake")}
    fill(Zones.below(here["METEOLAKE_LAKE_PATH"]), 1)
    assert done("quality", cwd=tmp_path, **here) == "Nothing was refused, and no value is doubtful.\n"


def test_the_report_is_one_file(lake: dict[str, str], tmp_path: Path) -> None:
    found = json.loads(done("report", "here.html", "--json", cwd=tmp_path, **lake))
    page = (tmp_path / "here.html").read_text(encoding="utf-8")
    assert found == {"file": "here.html", "bytes": len(page.encode())}
    assert page.startswith("<!doctype html>")
    assert "there is no folder no/such" in refused("report", "no/such/page.html", cwd=tmp_path, environment=lake)
    nothing = {"METEOLAKE_LAKE_PATH": str(tmp_path / "none")}
    assert "fill the lake with `meteolake run`" in refused("report", cwd=tmp_path, environment=nothing)


def test_maintenance_leaves_the_lake_as_it_reads(lake: dict[str, str], tmp_path: Path) -> None:
    copied = shutil.copytree(lake["METEOLAKE_LAKE_PATH"], tmp_path / "copy")
    here = {"METEOLAKE_LAKE_PATH": str(copied)}
    count = ("sql", "select count(*) as days from refined.anomalies_daily", "--json")
    before = done(*count, cwd=tmp_path, **here)
    found = {row["table"]: row for row in json.loads(done("maintain", "--json", cwd=tmp_path, **here))["tables"]}
    months = found["refined.anomalies_daily"]
    assert months["files_after"] < months["files_before"]
    assert done(*count, cwd=tmp_path, **here) == before
    assert "Maintained" in done("maintain", "--keep-days", "1", cwd=tmp_path, **here)


def test_the_lake_is_read_as_it_was(lake: dict[str, str], tmp_path: Path) -> None:
    statement = ("sql", "select count(*) as sites from trusted.sites", "--json")
    now = datetime.now(UTC).isoformat()
    assert json.loads(done(*statement, "--as-of", now, cwd=tmp_path, **lake)) == [{"sites": 6}]
    assert "its oldest version is of" in refused(
        *statement, "--as-of", "2020-01-01", cwd=tmp_path, status=1, environment=lake
    )
    for wrong, said in (("yesterday", "is no instant"), ("", "is no instant"), ("2100-01-01", "is in the future")):
        assert said in refused(*statement, "--as-of", wrong, cwd=tmp_path, status=2, environment=lake)


def test_files_are_loaded_into_a_database(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("site_id,name,latitude,longitude\na,Alpha,50,10\n")
    (tmp_path / "daily.csv").write_text("site_id,date,temperature_max_c\na,2020-01-01,3.5\na,2020-01-02,\n")
    words = ("load-observations", "daily.csv", "--sites", "sites.csv", "--database", "sqlite:///new.db")
    assert "Loaded 2 new or changed observations and 1 sites." in done(*words, cwd=tmp_path)
    assert json.loads(done(*words, "--json", cwd=tmp_path)) == {"sites": 0, "observations": 0}


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
    (tmp_path / "meteolake.toml").write_text("[database]\nis_enabled = false\n")
    with running(archive_app(GeneratedWeather(), sites=DEMO_SITES)) as url:
        assert "Added Munich (48.14, 11.58)" in done("sites", "add", "Munich", "--url", url, cwd=tmp_path)
        added = json.loads(done("sites", "add", "Zuri", "--url", url, "--json", cwd=tmp_path))
        assert "already" in refused("sites", "add", "Munich", "--url", url, cwd=tmp_path, status=2)
        assert "No place is called 'Atlantis'" in refused("sites", "add", "Atlantis", "--url", url, cwd=tmp_path)
    assert added["site_id"] == "zurich"
    listed = json.loads(done("sites", "list", "--json", cwd=tmp_path))
    assert [(site["site_id"], site["utc_offset_hours"]) for site in listed] == [("munich", 1), ("zurich", 1)]


def test_sites_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("site_id,name,latitude,longitude\na,Alpha,50,10\n")
    (tmp_path / "meteolake.toml").write_text('[database]\nis_enabled = false\n[sites]\nfile = "sites.csv"\n')
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


def test_serve_asks_for_keys_where_that_is_wanted(lake: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    line = [sys.executable, "-m", "meteolake", "serve", "--port", port]
    wanted = os.environ | lake | {"METEOLAKE_SERVE_REQUIRE_KEYS": "true"}
    with subprocess.Popen(line, cwd=tmp_path, env=wanted, stderr=subprocess.PIPE) as server:
        assert server.stderr is not None
        server.stderr.readline()  # that it serves
        transport = httpx.HTTPTransport(retries=8)  # until it listens
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=30) as client:
            assert client.get("/healthz").status_code == 200
            assert client.get("/v1/sites").status_code == 401
        server.terminate()


def wrong_latitude(folder: Path) -> None:
    with sqlite3.connect(folder / "stations.db") as connection:
        connection.execute("create table sites (site_id, name, latitude, longitude)")
        connection.execute("insert into sites values ('x', 'X', 91, 0)")
    connection.close()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("run",), 1, "no database at stations.db"),
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


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in command("--debug", "status", cwd=tmp_path).stderr

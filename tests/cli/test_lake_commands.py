"""The commands that read or keep up a lake: what they print, where, and how they exit."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tests.cli.shell import done, refused
from tests.lake.test_maintenance import fill

from meteolake.lake.paths import Zones


def test_sql_answers_as_a_table_and_as_json(lake: dict[str, str], tmp_path: Path) -> None:
    statement = "select site_id, utc_offset_hours from trusted.sites order by site_id limit 1"
    assert "amsterdam" in done("sql", statement, cwd=tmp_path, **lake)
    assert json.loads(done("sql", statement, "--json", cwd=tmp_path, **lake)) == [
        {"site_id": "amsterdam", "utc_offset_hours": 1}
    ]


def test_what_is_too_wide_for_a_table_is_answered_whole(lake: dict[str, str], tmp_path: Path) -> None:
    statement = "select * from refined.forecast_daily order by all limit 1"
    [row] = json.loads(done("sql", statement, "--json", cwd=tmp_path, **lake))
    lines = done("sql", statement, cwd=tmp_path, **lake).splitlines()
    assert [line.split()[0] for line in lines if line] == list(row)
    assert f"run_id            {row['run_id']}" in lines


def test_the_lake_is_read_as_it_was(lake: dict[str, str], tmp_path: Path) -> None:
    statement = ("sql", "select count(*) as sites from trusted.sites", "--json")
    now = datetime.now(UTC).isoformat()
    assert json.loads(done(*statement, "--as-of", now, cwd=tmp_path, **lake)) == [{"sites": 6}]
    assert "its oldest version is of" in refused(
        *statement, "--as-of", "2020-01-01", cwd=tmp_path, status=1, environment=lake
    )
    for wrong, said in (("yesterday", "is no instant"), ("", "is no instant"), ("2100-01-01", "is in the future")):
        assert said in refused(*statement, "--as-of", wrong, cwd=tmp_path, status=2, environment=lake)


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
    names = ("raw.captures", "trusted.weather_daily", "refined.anomalies_daily")
    count = ("sql", f"select {', '.join(f'(select count(*) from {name})' for name in names)}", "--json")
    before = done(*count, cwd=tmp_path, **here)
    found = {row["table"]: row for row in json.loads(done("maintain", "--json", cwd=tmp_path, **here))["tables"]}
    captures = found["raw.captures"]
    assert captures["files_after"] < captures["files_before"]
    assert done(*count, cwd=tmp_path, **here) == before
    assert "Maintained" in done("maintain", "--keep-days", "1", cwd=tmp_path, **here)


@contextlib.contextmanager
def serving(folder: Path, **environment: str) -> Iterator[str]:
    """The URL of a lake that is served until Ctrl-C."""
    line = [sys.executable, "-m", "meteolake", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        line, cwd=folder, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["url"]
        server.send_signal(signal.SIGINT)
        assert server.communicate(timeout=30) == ("", "")
        assert server.returncode == 0


def test_serve_says_where_and_ends_quietly(lake: dict[str, str], tmp_path: Path) -> None:
    with serving(tmp_path, **lake) as url:
        assert httpx.get(f"{url}/v1/sites", timeout=30).status_code == 200


def test_serve_asks_for_keys_where_that_is_wanted(lake: dict[str, str], tmp_path: Path) -> None:
    with serving(tmp_path, **lake, METEOLAKE_SERVE_REQUIRE_KEYS="true") as url:
        assert httpx.get(f"{url}/healthz", timeout=30).status_code == 200
        assert httpx.get(f"{url}/v1/sites", timeout=30).status_code == 401

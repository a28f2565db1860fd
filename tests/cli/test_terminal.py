"""The commands on a terminal of 80 columns."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(*words: str, cwd: Path, **environment: str) -> str:
    """What a command leaves on a terminal, without colours."""
    reader, writer = pty.openpty()
    line = [sys.executable, "-m", "meteolake", *words]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("METEOLAKE_")}
    wanted = clean | environment | {"COLUMNS": "80", "TERM": "xterm"}
    with subprocess.Popen(line, cwd=cwd, env=wanted, stdin=writer, stdout=writer, stderr=writer) as process:
        os.close(writer)
        written = b"".join(iter(lambda: read(reader), b""))
    os.close(reader)
    assert process.returncode == 0, written
    return _CONTROL.sub("", written.decode()).replace("\r\n", "\n")


def read(reader: int) -> bytes:
    try:
        return os.read(reader, 65_536)
    except OSError:  # the command has ended
        return b""


def test_status_tells_the_tables_by_their_whole_names(lake: dict[str, str], tmp_path: Path) -> None:
    text = on_terminal("status", cwd=tmp_path, **lake)
    assert "trusted.observations_daily" in text
    tables = text[: text.index("Last runs")]
    assert "…" not in tables
    assert max(map(len, tables.splitlines())) <= 80
    assert "A wider terminal shows version, written, run, too." in tables


def test_a_run_tells_each_stage_once(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("site_id,name,latitude,longitude\na,Alpha,50,10\n")
    (tmp_path / "meteolake.toml").write_text('[sites]\nfile = "sites.csv"\n[open_meteo]\nfirst_date = 2026-01-01\n')
    with running(archive_app(GeneratedWeather())) as url:
        first = on_terminal("run", cwd=tmp_path, METEOLAKE_OPEN_METEO_URL=url)
        again = on_terminal("run", cwd=tmp_path, METEOLAKE_OPEN_METEO_URL=url)
    for stage in ("capture the archive", "capture sites", "weather_etl", "weather_analysis", "weather_forecast"):
        assert first.count(f" s  {stage}: ") == 1
    assert re.search(r"\r\d+\.\d s in all\.\n$", first)
    assert " s  " not in again
    assert "Nothing to do: the lake is up to date" in again

"""How fast sources are captured, beside what others use: `python -m benchmarks.capture [archive|database] [--json]`."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from benchmarks import measure
from benchmarks.capture import database
from benchmarks.measure import Result

_PORT = 8765
_TODAY = date(2026, 11, 2)


def archive(asked: argparse.Namespace) -> None:
    """The history of some sites, and the next day of many."""
    with tempfile.TemporaryDirectory() as folder, _server(asked.latency) as url:
        first = _TODAY.replace(year=_TODAY.year - asked.years)
        contenders = {
            "meteolake": lambda n: _ours("meteolake", url, f"{folder}/ours{n}", asked.sites, asked.years, _TODAY),
            "openmeteo": lambda n: _peer(
                "openmeteo-requests, a loop", "openmeteo", url, f"{folder}/om{n}", asked.sites, first
            ),
            "dlt": lambda n: _peer("dlt, REST source", "dlt", url, f"{folder}/dlt{n}", asked.sites, first),
        }
        title = (
            f"{asked.sites} sites, {asked.years} years, 8 variables and the mean; {asked.latency * 1000:.0f} ms latency"
        )
        measure.show(title, _results(url, contenders, asked), json_output=asked.json)
        for number in range(asked.repeat):
            _ours("meteolake", url, f"{folder}/many{number}", asked.many, 1, _TODAY)
        tomorrow = _TODAY + timedelta(days=1)
        contenders = {
            "meteolake": lambda n: _ours("meteolake (14 days each)", url, f"{folder}/many{n}", asked.many, 1, tomorrow),
            "openmeteo": lambda n: _peer(
                "openmeteo-requests, a loop (1 day)", "openmeteo", url, f"{folder}/next{n}", asked.many, _TODAY
            ),
            "dlt": lambda n: _peer("dlt, REST source (1 day)", "dlt", url, f"{folder}/dltnext{n}", asked.many, _TODAY),
        }
        measure.show(f"the next day of {asked.many:,} sites", _results(url, contenders, asked), json_output=asked.json)


def _results(url: str, contenders: dict[str, Callable[[int], Result]], asked: argparse.Namespace) -> list[Result]:
    chosen = [contender for name, contender in contenders.items() if name not in asked.without]
    return measure.rounds([partial(_counted, url, contender) for contender in chosen], asked.repeat)


def _ours(name: str, url: str, lake: str, sites: int, years: int, today: date) -> Result:
    arguments = (url, lake, str(sites), str(years), today.isoformat())
    return measure.run(name, "benchmarks.capture.archive_ours", arguments)


def _peer(name: str, peer: str, url: str, folder: str, sites: int, first: date) -> Result:
    last = _TODAY if first == _TODAY else _TODAY - timedelta(days=1)
    arguments = (url, folder, str(sites), first.isoformat(), last.isoformat())
    return measure.run(name, f"benchmarks.capture.archive_{peer}", arguments)


def _counted(url: str, run: Callable[[int], Result], number: int) -> Result:
    """A result with what the server counted meanwhile."""
    _counts(url)
    result = run(number)
    return Result(result.name, result.seconds, result.peak_mb, result.counts | _counts(url))


def _counts(url: str) -> dict[str, float]:
    with urllib.request.urlopen(f"{url}/counts") as answer:
        found: dict[str, float] = json.load(answer)
    return found


@contextmanager
def _server(latency: float) -> Iterator[str]:
    url = f"http://127.0.0.1:{_PORT}"
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.capture.server", str(_PORT), str(latency)])
    try:
        for _ in range(100):
            try:
                _counts(url)
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capture", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("archive", "database", "all"), default="all")
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--many", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=1, help="rounds, of which the medians are told")
    parser.add_argument("--without", nargs="*", default=(), help="contenders to leave out, such as dlt")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.part in ("archive", "all"):
        archive(asked)
    if asked.part in ("database", "all"):
        with tempfile.TemporaryDirectory() as folder:
            database.compare(
                Path(folder), asked.rows, repeat=asked.repeat, without=asked.without, json_output=asked.json
            )


if __name__ == "__main__":
    main()

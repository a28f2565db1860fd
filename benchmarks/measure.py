"""Runs each contender as a process of its own and shows what it took, side by side."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Result:
    """What a contender took: seconds of its work without imports, peak memory, and what it counted itself."""

    name: str
    seconds: float
    peak_mb: float
    counts: dict[str, Any] = field(default_factory=dict)


def rounds(contenders: Sequence[Callable[[int], Result]], repeat: int) -> list[Result]:
    """Each contender's median of so many rounds, in which they take turns, since a machine has better and worse times.

    A contender is told the number of the round.
    """
    found = [[contender(number) for contender in contenders] for number in range(repeat)]
    return [median_of(results) for results in zip(*found, strict=True)]


def median_of(results: Sequence[Result]) -> Result:
    """The result in the middle, by seconds."""
    return sorted(results, key=lambda result: result.seconds)[len(results) // 2]


def run(
    name: str, module: str, arguments: Sequence[str], *, limit: float = 900, python: str = sys.executable
) -> Result:
    """Run `python -m module arguments`; its last line of output is a JSON object with `seconds` and counts.

    Raises:
        RuntimeError: the contender failed; its last line of errors is told.
    """
    # The child's own use, not that of all children so far: asked of a small process that waits for it.
    watcher = (
        "import json, resource, subprocess, sys;"
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps([done.returncode, done.stdout, done.stderr, used.ru_maxrss, used.ru_utime + used.ru_stime]))"
    )
    watched = [sys.executable, "-c", watcher, python, "-m", module, *arguments]
    started = time.perf_counter()
    done = subprocess.run(watched, capture_output=True, text=True, timeout=limit, check=True)
    whole = time.perf_counter() - started
    code, output, errors, peak, cpu = json.loads(done.stdout)
    if code:
        last = errors.strip().splitlines()[-1:] or ["no reason given"]
        raise RuntimeError(f"{name} failed: {last[0]}")
    counts = json.loads(output.strip().splitlines()[-1])
    return Result(name, float(counts.pop("seconds", whole)), peak / 1024, {"CPU s": round(cpu, 1), **counts})


def show(title: str, results: Sequence[Result], *, json_output: bool) -> None:
    """A table with each contender's ratio to the first, or one JSON line."""
    if json_output:
        print(json.dumps({"title": title, "results": [asdict(result) for result in results]}))
        return
    names = list(dict.fromkeys(name for result in results for name in result.counts))
    table = Table(title=title)
    for column in ("", "seconds", "ratio", "peak MB", *names):
        table.add_column(column, justify="left" if not column else "right")
    for result in results:
        ratio = f"{result.seconds / results[0].seconds:.1f}"
        counts = [_shown(result.counts.get(name)) for name in names]
        table.add_row(result.name, f"{result.seconds:.1f}", ratio, f"{result.peak_mb:.0f}", *counts)
    Console(width=110).print(table)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)

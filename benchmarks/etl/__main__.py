"""From raw captures to normals and anomalies, beside what others use: `python -m benchmarks.etl [--sites 300 …]`.

Every contender makes the same five tables of the same raw objects: refused rows, daily rows without duplicates, months,
normals by day of the year, anomalies; first of a history of which 5 % were captured again, and then of one day more.
Ours on Apache Spark needs the environment that `make spark` makes; contenders that are not installed are left out.
"""

import argparse
import importlib.util
import itertools
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import measure
from benchmarks.etl import lake
from benchmarks.measure import Result, median_of

_SPARK = Path(".venv-spark/bin/python")
_PEERS = {"duckdb": "DuckDB, by hand", "polars": "Polars, by hand", "pandas": "pandas, a script"}


Contender = tuple[str, str, str, list[str]]
"""Name, interpreter, module and arguments, without the part."""


def contenders(wanted: list[str], folder: Path, variables: int) -> Iterator[Contender]:
    """Each that is installed."""
    for engine, python in (("sail", sys.executable), ("spark", str(_SPARK))):
        if engine in wanted and Path(python).exists():
            yield f"meteolake on {engine}", python, "benchmarks.etl.ours", [str(folder / engine), engine]
    for peer, name in _PEERS.items():
        if peer in wanted and importlib.util.find_spec(peer):
            yield (
                name,
                sys.executable,
                f"benchmarks.etl.{peer}_script",
                [str(folder / "lake"), str(folder / peer), str(variables)],
            )


def compare(
    sites: int, years: int, variables: int, wanted: list[str], repeat: int, *, json_output: bool
) -> dict[str, float]:
    """Show the full build and the day after it; the seconds of each contender's full build."""
    with tempfile.TemporaryDirectory() as name:
        captured = Path(name) / "captured"
        days = lake.fill(str(captured), sites, years, variables)
        found = []
        for number in range(repeat):
            found.append(_round(number, captured, Path(name) / "round", sites, variables, wanted, days))
            print(f"round {number + 1} of {repeat} is over", file=sys.stderr, flush=True)
    full, day = (_medians(rounds) for rounds in zip(*found, strict=True))
    title = f"{sites:,} sites, {years} years, {variables} variables: {days:,} captured days"
    measure.show(title, full, json_output=json_output)
    measure.show("one day more", day, json_output=json_output)
    return {result.name: result.seconds for result in full}


def _medians(rounds: Sequence[Sequence[Result]]) -> list[Result]:
    """Each contender's median, with the ratio of the first to it in each round: the machine changes between rounds.

    One that failed in a round is left out.
    """
    by_name = [{result.name: result for result in results} for results in rounds]
    names = [result.name for result in rounds[0] if all(result.name in results for results in by_name)]
    medians = []
    for name in names:
        ratios = ", ".join(f"{results[names[0]].seconds / results[name].seconds:.2f}" for results in by_name)
        median = median_of([results[name] for results in by_name])
        medians.append(replace(median, counts=median.counts | {"first / this": ratios}))
    return medians


def _round(
    number: int, captured: Path, folder: Path, sites: int, variables: int, wanted: list[str], days: int
) -> list[list[Result]]:
    """What the full build and then the day after it took each contender in an empty folder.

    One after the other; another one begins in each round, and who failed the full build has no day after it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    lakes = [folder / part for part in ("lake", "sail", "spark") if part in ("lake", *wanted)]
    for each in lakes:
        shutil.copytree(captured, each, copy_function=os.link)  # nobody changes a file
    every = list(contenders(wanted, folder, variables))
    first = number % len(every)
    turns = every[first:] + every[:first]
    full = _measured("full", turns, days)
    new = [lake.next_day(str(each), sites, variables) for each in lakes]
    day = _measured("day", [each for each in turns if each[0] in full], new[0])
    return [[results[name] for name, *_ in every if name in results] for results in (full, day)]


def _measured(part: str, turns: Sequence[Contender], days: int) -> dict[str, Result]:
    """The results of those that did it, by name."""
    found = {}
    for name, python, module, arguments in turns:
        arguments = arguments if module.endswith("ours") else [*arguments[:2], part, *arguments[2:]]
        os.sync()  # what one has written is not to burden the next
        try:
            result = measure.run(name, module, arguments, python=python, limit=7200)
        except RuntimeError as error:  # for want of memory, say
            print(f"{part}: {error}", file=sys.stderr, flush=True)
            continue
        print(f"{name}, {part}: {result.seconds:.1f} s", file=sys.stderr, flush=True)
        found[name] = replace(result, counts=result.counts | {"rows/s": days / result.seconds})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.etl", description=__doc__)
    parser.add_argument("--sites", type=int, nargs="+", default=[300], help="one size or several")
    parser.add_argument("--years", type=int, default=30)
    parser.add_argument("--variables", type=int, nargs="+", default=[8], help="4, 8 or both")
    everybody = ["sail", "spark", *_PEERS]
    parser.add_argument("--only", nargs="+", default=everybody, choices=everybody, help="of those that are installed")
    parser.add_argument(
        "--repeat", type=int, default=1, help="rounds in which they take turns, 1 or more; their medians are shown"
    )
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.repeat < 1:
        parser.error("--repeat: 1 or more")
    if not list(contenders(asked.only, Path(), variables=4)):
        parser.error("--only: none of them is installed here")
    for variables in asked.variables:
        seconds = {
            sites: compare(sites, asked.years, variables, asked.only, asked.repeat, json_output=asked.json)
            for sites in asked.sites
        }
        for small, large in itertools.pairwise(asked.sites):
            for name in (name for name in seconds[small] if name in seconds[large]):
                exponent = math.log(seconds[large][name] / seconds[small][name]) / math.log(large / small)
                print(f"{name}: seconds grow with the {exponent:.2f}th power of the sites from {small:,} to {large:,}")


if __name__ == "__main__":
    main()

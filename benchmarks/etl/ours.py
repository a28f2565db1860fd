"""Ours: `python -m benchmarks.etl.ours LAKE ENGINE [MEMORY_MB [TABLES]]` makes what is due.

That is the tables that the peers make, or `all`, of which the forecasts alone are left out (`benchmarks.forecast`).
What each table took is told on stderr: seconds, CPU seconds, and the most memory that the process held until then.
"""

import importlib
import json
import resource
import sys
import time

from meteolake.build import steps
from meteolake.build.steps import Step
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.tables import ANOMALIES_DAILY, CLIMATE_NORMALS, MONTHLY_SUMMARY, QUARANTINE, WEATHER_DAILY

MADE = (QUARANTINE, WEATHER_DAILY, MONTHLY_SUMMARY, CLIMATE_NORMALS, ANOMALIES_DAILY)


def main(lake: str, engine: str, memory_mb: str = "2048", tables: str = "") -> None:
    building.STEPS = tuple(
        Step(step.name, tuple(output for output in step.outputs if tables == "all" or output.table in MADE))
        for step in steps.STEPS[:2]
    )
    if engine == "sail":
        importlib.import_module("pyspark.sql.connect.session")  # imports are not counted, as the peers' are not
    names, marks = [], [_used()]

    def on_output(_step: str, table: str) -> None:
        marks.append(_used())
        names.append(table)

    stages = list(building.build(Zones.below(lake), "benchmark", Plan(engine, int(memory_mb)), on_output))
    marks.append(_used())
    for number, name in enumerate(["until the first", *names]):
        (began, cpu_before, _), (ended, cpu_after, peak_mb) = marks[number : number + 2]
        print(f"{name}: {ended - began:.2f} s, {cpu_after - cpu_before:.2f} CPU s, {peak_mb} MB", file=sys.stderr)
    print({name: rows for stage in stages for name, rows in stage.rows.items()}, file=sys.stderr)
    print(json.dumps({"seconds": marks[-1][0] - marks[0][0]}))


def _used() -> tuple[float, float, int]:
    """The time, and the process's CPU seconds and peak memory in MB so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


if __name__ == "__main__":
    main(*sys.argv[1:])

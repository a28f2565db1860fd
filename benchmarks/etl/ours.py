"""Ours: `python -m benchmarks.etl.ours LAKE ENGINE` makes what is due of the tables that the peers make, too."""

import json
import sys
import time

from meteolake.build import steps
from meteolake.build.steps import Step
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.tables import ANOMALIES_DAILY, CLIMATE_NORMALS, MONTHLY_SUMMARY, QUARANTINE, WEATHER_DAILY

MADE = (QUARANTINE, WEATHER_DAILY, MONTHLY_SUMMARY, CLIMATE_NORMALS, ANOMALIES_DAILY)
_MEMORY_MB = 4096


def main(lake: str, engine: str) -> None:
    building.STEPS = tuple(
        Step(step.name, tuple(output for output in step.outputs if output.table in MADE)) for step in steps.STEPS[:2]
    )
    seconds = {}
    started = last = time.perf_counter()

    def on_output(_step: str, table: str) -> None:
        nonlocal last
        now = time.perf_counter()
        seconds[table], last = now, now

    stages = list(building.build(Zones.below(lake), "benchmark", Plan(engine, _MEMORY_MB), on_output))
    done = time.perf_counter()
    starts = [*seconds.values(), done]
    parts = {name: round(end - begin, 2) for name, begin, end in zip(seconds, starts, starts[1:], strict=False)}
    print({name: rows for stage in stages for name, rows in stage.rows.items()}, parts, file=sys.stderr)
    print(json.dumps({"seconds": done - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""One step on a cluster: what spark-submit starts, with the session that the cluster gives.

    spark-submit … worker.py STEP RUN_ID ZONES PLAN

Zones and plan are JSON. It prints one JSON line, the rows by table. When it fails, a line on stderr that begins with
`meteolake: ` is the reason; Spark may say more after it, and brings both to the stdout of spark-submit.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from meteolake.build import engine
from meteolake.build.making import Making, Plan, make_due
from meteolake.build.spark_log import SparkLog
from meteolake.build.steps import STEPS, Step
from meteolake.errors import MeteolakeError
from meteolake.lake.paths import Zones

REASON = "meteolake: "


def arguments(step: str, run_id: str, zones: Zones, plan: Plan) -> list[str]:
    """What the worker is to be started with to make what is due of a step."""
    return [step, run_id, json.dumps(asdict(zones)), json.dumps({**asdict(plan), "engine": "emr"})]


def main(given: Sequence[str]) -> int:
    """Make what is due of one step; the exit code."""
    name, run_id, zones, plan = given
    [step] = [step for step in STEPS if step.name == name]
    try:
        rows = _made(step, run_id, Zones(**json.loads(zones)), _plan(plan))
    except MeteolakeError as error:
        _tell(REASON + " ".join(str(error).split()))
        return 1
    sys.stdout.write(json.dumps({"step": name, "run_id": run_id, "rows": rows}) + "\n")
    return 0


def _made(step: Step, run_id: str, zones: Zones, plan: Plan) -> dict[str, int]:
    with engine.session(plan.engine, plan.memory_mb) as spark:
        making = Making(zones, run_id, plan, SparkLog(spark, zones), lambda: spark)
        return make_due(step, making, lambda name, table: _tell(f"{name}: making {table}"))


def _plan(text: str) -> Plan:
    values = json.loads(text)
    return Plan(**{**values, "period": tuple(values["period"])})


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`meteolake status`: what the lake holds and what the last runs did."""

from typing import Any

from meteolake.cli.options import ConfigOption, JsonOption, loaded, zones
from meteolake.cli.output import out, print_json
from meteolake.cli.output import table as show_table
from meteolake.errors import LakeError
from meteolake.lake import lease, tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.report import latest
from meteolake.tables import TABLES, Table

_RUNS = 5


def status(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show every table with its rows, dates, size and version, the last runs, and who is changing the lake now."""
    found = _status(zones(loaded(config).lake))
    if json:
        print_json(found)
        return
    numbers = ("rows", "files", "kB", "version")
    columns = ("table", "rows", "from", "until", "files", "kB", "version", "written", "run")
    show_table("Tables", columns, [[row[column] for column in columns] for row in found["tables"]], numbers)
    show_table("Last runs", ("run", "seconds", "what"), [_run_row(run) for run in found["runs"]], ("seconds",))
    if found["lease"]:
        out.print(f"Run {found['lease']['run_id']} on {found['lease']['host']} is changing the lake now.")


def _status(lake: Zones) -> dict[str, Any]:
    rows = [row for table in TABLES if (row := _table_row(lake, table))]
    if not rows:
        raise LakeError(f"There is no lake at {lake.raw}: fill it with `meteolake run`, or see `meteolake demo`.")
    objects = Objects(lake.raw)
    holder = lease.current(objects)
    held = {"run_id": holder.run_id, "host": holder.host} if holder else None
    return {"zones": vars(lake), "tables": rows, "runs": latest(objects, _RUNS), "lease": held}


def _table_row(lake: Zones, table: Table) -> dict[str, Any] | None:
    if (extent := tables.extent(lake, table)) is None:
        return None
    write = tables.last_write(lake, table)
    return {
        "table": table.full_name,
        "rows": extent.rows,
        "from": extent.first_date,
        "until": extent.last_date,
        "files": extent.files,
        "kB": round(extent.bytes / 1000),
        "version": extent.version,
        "written": write.written_at.strftime("%Y-%m-%d %H:%M") if write else None,
        "run": write.run_id if write else None,
    }


def _run_row(run: dict[str, Any]) -> tuple[object, ...]:
    changed = {name: rows for stage in run["stages"] for name, rows in stage["rows"].items()}
    problems = [problem for stage in run["stages"] for problem in stage["problems"]]
    what = ", ".join(f"{name} {rows:,}" for name, rows in changed.items()) or "nothing to do"
    return run["run_id"], f"{run['seconds']:.1f}", what + ("; failed: " + ", ".join(problems) if problems else "")

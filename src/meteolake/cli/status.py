"""`meteolake status`: what the lake holds and what the last runs did."""

from typing import Any

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import out, print_json, table


def status(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show tables, runs and freshness.

    Every table with its rows, dates, size and version; the last runs; and who is changing the lake now.
    """
    from meteolake.cli.lake_location import loaded, zones
    from meteolake.cli.lake_status import lake_status

    found = lake_status(zones(loaded(config)))
    if json:
        print_json(found)
        return
    columns = ("table", "rows", "from", "until", "files", "kB", "version", "written", "run")
    rows = [[_shown(row[column]) for column in columns] for row in found["tables"]]
    table("Tables", columns, rows, right=("rows", "files", "kB", "version"), optional=columns[4:])
    for name, days in found["freshness"].items():
        out.print(f"{name} ends {days} {'day' if days == 1 else 'days'} ago.")
    out.print()
    table("Last runs", ("run", "seconds", "what"), [_run_row(run) for run in found["runs"]], right=("seconds",))
    if found["lease"]:
        out.print(f"Run {found['lease']['run_id']} on {found['lease']['host']} is changing the lake now.")


def _shown(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) else value


def _run_row(run: dict[str, Any]) -> tuple[object, ...]:
    changed = {name: rows for stage in run["stages"] for name, rows in stage["rows"].items()}
    problems = [problem for stage in run["stages"] for problem in stage["problems"]]
    done = ", ".join(f"{name} {rows:,}" for name, rows in changed.items())
    failed = f"failed: {', '.join(problems)}" if problems else ""
    return run["run_id"], f"{run['seconds']:.1f}", "; ".join(filter(None, (done, failed))) or "nothing to do"

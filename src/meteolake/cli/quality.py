"""`meteolake quality`: what the quality rules found."""

from collections.abc import Mapping, Sequence
from typing import Any

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import out, print_json, table


def quality(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show what the quality rules found.

    By rule and table, how many rows were refused (errors, in `trusted.quarantine`) and how many values are doubtful
    (warnings, in `trusted.weather_flags` and `trusted.observation_flags`), and how many more than before the last run.
    """
    from meteolake.cli.lake_location import loaded, zones
    from meteolake.lake import tables
    from meteolake.lake.findings import findings

    lake = zones(loaded(config))
    tables.insist_on_lake(lake)
    rows = [
        {
            "rule": finding.rule.id,
            "severity": finding.rule.severity,
            "table": finding.table,
            "count": finding.count,
            "since": finding.more,
            "what": finding.rule.what,
        }
        for finding in findings(lake)
    ]
    if json:
        print_json(rows)
    elif rows:
        _show(rows)
    else:
        out.print("Nothing was refused, and no value is doubtful.")


def _show(rows: Sequence[Mapping[str, Any]]) -> None:
    cells = [list({**row, "count": f"{row['count']:,}", "since": f"{row['since']:+,}"}.values()) for row in rows]
    table("Quality", list(rows[0]), cells, right=("count", "since"))
    out.print("`since`: how many more than before the last run that changed the table of findings.", soft_wrap=True)

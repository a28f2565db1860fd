"""What `meteolake status` tells of a lake."""

from datetime import UTC, datetime
from typing import Any

from meteolake.lake import lease, tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.report import latest
from meteolake.tables import OBSERVATIONS_DAILY, TABLES, WEATHER_DAILY, Table

_RUNS = 5


def lake_status(lake: Zones) -> dict[str, Any]:
    """The lake's tables, its last runs, and who holds its lease.

    Raises:
        LakeError: there is no lake.
    """
    tables.insist_on_lake(lake)
    rows = [row for table in TABLES if (row := _table_row(lake, table))]
    objects = Objects(lake.raw)
    holder = lease.current(objects)
    held = {"run_id": holder.run_id, "host": holder.host} if holder else None
    return {
        "zones": vars(lake),
        "tables": rows,
        "freshness": _freshness(rows),
        "runs": latest(objects, _RUNS),
        "lease": held,
    }


def _freshness(rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many days ago the newest day of each daily table was."""
    today = datetime.now(UTC).date()
    daily = {WEATHER_DAILY.full_name, OBSERVATIONS_DAILY.full_name}
    return {row["table"]: (today - row["until"]).days for row in rows if row["table"] in daily and row["until"]}


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

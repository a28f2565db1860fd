"""What the quality rules found."""

import pandas as pd

from meteolake.lake import tables
from meteolake.lake.findings import findings
from meteolake.lake.paths import Zones
from meteolake.lake.query import query
from meteolake.publish.report.section import Section, Table
from meteolake.tables import QUARANTINE

_COLUMNS = ("rule", "severity", "table", "count", "since the last run", "looks for")


def section(zones: Zones) -> Section:
    """The quarantine and the flags by rule."""
    rows = [
        (each.rule.id, each.rule.severity, each.table, each.count, f"{each.more:+,}", each.rule.what)
        for each in findings(zones)
    ]
    if not rows:
        return Section("Quality", "Nothing was refused, and no value is doubtful.", [])
    text = f"{_refused(zones):,} refused rows (errors) lie in the quarantine; doubtful values (warnings) stay, flagged."
    return Section("Quality", text, [], [Table("", pd.DataFrame(rows, columns=list(_COLUMNS)))])


def _refused(zones: Zones) -> int:
    """How many rows lie in the quarantine; a row can break several rules."""
    if not tables.exists(zones, QUARANTINE):
        return 0
    [row] = query(
        zones, "select count(distinct (table_name, site_id, date, raw_object)) as rows from trusted.quarantine"
    ).to_pylist()
    return int(row["rows"])

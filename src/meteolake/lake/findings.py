"""What the quality rules found: refused rows and doubtful values by rule, and what the last run added."""

from collections import Counter
from dataclasses import dataclass

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.lake.tables import AsOf
from meteolake.rules import RULES, Rule
from meteolake.tables import OBSERVATION_FLAGS, OBSERVATIONS_DAILY, QUARANTINE, WEATHER_DAILY, WEATHER_FLAGS, Table

_FLAGGED = {WEATHER_FLAGS: WEATHER_DAILY, OBSERVATION_FLAGS: OBSERVATIONS_DAILY}

Counts = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Finding:
    """How often a rule found something in a table, and how many more than before the last run that changed it."""

    rule: Rule
    table: str
    count: int
    more: int


def findings(zones: Zones) -> list[Finding]:
    """The findings of every rule that found something, or did before, in the order of the rules."""
    now, before = Counts(), Counts()
    for table in (QUARANTINE, *_FLAGGED):
        writes = tables.writes(zones, table)
        if writes:
            now += _counts(zones, table, None)
        if len(writes) > 1:
            before += _counts(zones, table, writes[1].version)
    order = list(RULES)
    keys = sorted(now | before, key=lambda key: (order.index(key[0]), key[1]))
    return [
        Finding(RULES[rule], table, now[rule, table], now[rule, table] - before[rule, table]) for rule, table in keys
    ]


def _counts(zones: Zones, table: Table, as_of: AsOf) -> Counts:
    """Findings by rule and table; none where an old version is no longer kept."""
    columns = ["rule", "table_name"] if table is QUARANTINE else ["rule"]
    try:
        rows = tables.dataset(zones, table, as_of).to_table(columns=columns)
    except (LakeError, OSError):
        return Counts()
    groups = rows.group_by(columns).aggregate([("rule", "count")]).to_pylist()
    about = _FLAGGED[table].name if table in _FLAGGED else None
    return Counts({(row["rule"], about or row["table_name"]): row["rule_count"] for row in groups})

"""Writes the pages that are made from the code: tables.md, commands.md and quality.md (`make docs`)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from meteolake.rules import RULES
from meteolake.tables import TABLES, ZONES, Table

DOCS = Path(__file__).parent

_ZONES = {
    "raw": "What the sources sent, unchanged: gzipped JSON lines of the archive and Parquet of the database, and their "
    "ledger.",
    "trusted": "Typed, unique rows that passed every check, and the quarantine of those that did not.",
    "refined": "What is made from trusted rows: normals, anomalies, months, forecasts and their scores.",
}


_QUALITY = """Errors are about single rows. A row with one is refused and goes to `trusted.quarantine` with the rule, \
the value, the reason and the raw object. When more than `[quality] most_refused` of the captured rows are refused, \
the run stops before it changes the daily tables: a column in another unit, say.

Warnings need a series' past, its neighbours or its climate. They flag values in `trusted.weather_flags` and \
`trusted.observation_flags`; the values stay in the daily tables, since a record is an outlier, too. Flags are made of \
settled months, those that were over for 14 days. Leave flagged values out by an anti-join:

```sql
select d.site_id, d.date, d.temperature_2m_max
from trusted.observations_daily d
anti join trusted.observation_flags f
  on f.site_id = d.site_id and f.date = d.date and f.variable = 'temperature_2m_max'
```

`meteolake quality` counts the findings by rule, and those that the last run added."""

_DURRE = """## Beside GHCN-Daily

The checks follow those of GHCN-Daily in [Durre et al. (2010)](https://doi.org/10.1175/2010JAMC2375.1), with their \
limits. What is there and what is not:

| their check | here | why otherwise |
| --- | --- | --- |
| simultaneous zeros of maximum and minimum | `naught` | |
| duplicates: months of a year, a month of several years, maximum and minimum of a month | `duplicate_month`, \
`same_extremes` | months are compared by their first 28 days, which must all be there |
| duplicates: whole years | `duplicate_month` | a year that came twice is twelve months that did |
| world records | `in_range` | bounds with a margin; an error |
| streaks of 20 equal values | `streak` | |
| frequent equal amounts of rain | `frequent_value` | |
| gaps of 10 °C and of 300 mm | `gap` | |
| climatological outliers | `outlier` | |
| internal consistency | `min_not_above_max` | an error; their observation-time temperature is not in the lake |
| spikes and dips | `spike` | |
| lagged ranges | `lagged_range` | |
| spatial corroboration of temperature | `neighbours` | 3 to 7 neighbours within 75 km |
| spatial regression of temperature | no | fits each month to close neighbours: \
sites of a lake are few and far between, and the archive's cells are no independent witnesses |
| spatial corroboration of rain | no | the same, and rain of a shower is not that of its neighbours |
| megaconsistency of maxima and minima by month of the year | no | `gap` and `outlier` find \
what lies beyond a month's range, `min_not_above_max` what contradicts itself |
| snowfall and snow depth, alone and with temperature or rain | no | neither is in the lake |

Of our own are `date_valid`, `date_known`, `whole_day` and `unit_slip`. GHCN-Daily leaves a value that fails a check \
out of the later ones; here each check sees all values, so that one error can carry two flags."""


def tables_page() -> str:
    """Every table with its columns."""
    lines = ["# Tables", "", "Made from `src/meteolake/tables/` by `make docs`. Every table is a Delta table.", ""]
    for zone in ZONES:
        lines += [f"## {zone}", "", _ZONES[zone], ""]
        for table in TABLES:
            if table.zone == zone:
                lines += _table(table)
    return "\n".join(lines)


def _table(table: Table) -> Iterator[str]:
    yield from (f"### {table.full_name}", "", table.meaning, "")
    partition = f"; partitioned by {', '.join(table.partition)}" if table.partition else ""
    yield from (f"One row per {', '.join(table.key)}{partition}.", "", "| column | type | unit | meaning |")
    yield "| --- | --- | --- | --- |"
    for column in table.columns:
        yield f"| `{column.name}` | {column.type} | {column.unit} | {column.meaning} |"
    yield ""


def commands_page() -> str:
    """The help of every command, as Typer writes it in Markdown."""
    command = [sys.executable, "-m", "typer", "meteolake.cli.main", "utils", "docs", "--name", "meteolake"]
    return subprocess.run([*command, "--title", "Commands"], capture_output=True, text=True, check=True).stdout  # noqa: S603


def quality_page() -> str:
    """Every quality rule."""
    lines = ["# Quality", "", "Made from `src/meteolake/rules.py` by `make docs`.", "", _QUALITY, ""]
    lines += ["| rule | severity | looks for | after |", "| --- | --- | --- | --- |"]
    lines += [f"| `{rule.id}` | {rule.severity} | {rule.what} | {rule.reference} |" for rule in RULES.values()]
    return "\n".join([*lines, "", _DURRE, ""])


PAGES = {"tables.md": tables_page, "commands.md": commands_page, "quality.md": quality_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")

"""Writes the pages that are made from the code: docs/tables.md and docs/commands.md (`make docs`)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from meteolake.tables import TABLES, ZONES, Table

DOCS = Path(__file__).parent

_ZONES = {
    "raw": "What the sources sent, unchanged: gzipped JSON lines of the archive and Parquet of the database, and their "
    "ledger.",
    "trusted": "Typed, unique rows that passed every check, and the quarantine of those that did not.",
    "refined": "What is made from trusted rows: normals, anomalies, months, forecasts and their scores.",
}


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


PAGES = {"tables.md": tables_page, "commands.md": commands_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")

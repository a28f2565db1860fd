"""Writes the pages that are made from the code: docs/tables.md and docs/commands.md (`make docs`)."""

from collections.abc import Iterator
from pathlib import Path

import click
import typer.main

from meteolake.cli.main import app
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
    lines = ["# Tables", "", "Made from `src/meteolake/tables.py` by `make docs`. Every table is a Delta table.", ""]
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
    """The help of every command."""
    root = typer.main.get_command(app)
    lines = ["# Commands", "", "Made from `meteolake --help` by `make docs`.", ""]
    for name, command in _commands(root, "meteolake"):
        with click.Context(command, info_name=name, max_content_width=100, terminal_width=100) as context:
            lines += [f"## {name}", "", "```text", _plain(command, context), "```", ""]
    return "\n".join(lines)


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from _commands(child, f"{name} {child.name}")


def _plain(command: click.Command, context: click.Context) -> str:
    """The help as click writes it, without a terminal's frames."""
    formatter = context.make_formatter()
    click.Command.format_help(command, context, formatter)
    return "\n".join(line.rstrip() for line in formatter.getvalue().strip().splitlines())


PAGES = {"tables.md": tables_page, "commands.md": commands_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")

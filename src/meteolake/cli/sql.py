"""`meteolake sql`: questions to the lake."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import print_json, table_or_records


def sql(
    statement: Annotated[str, typer.Argument(help="A SQL statement in DuckDB's dialect, in quotes.")],
    config: ConfigOption = None,
    json: JsonOption = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="An instant, such as 2026-11-01 or 2026-11-01T06:00, in UTC.")
    ] = None,
    on: Annotated[
        Literal["lake", "athena"], typer.Option("--on", help="What answers: this machine, or Amazon Athena.")
    ] = "lake",
) -> None:
    """Ask the lake in SQL.

    Every table of every zone can be read, none written. Tables are named by zone: `trusted.weather_daily`,
    `refined.forecast_daily`; `show all tables` lists them.

    With --on athena the same statement is answered by Amazon Athena, next to a lake on S3; what it cost is told.

    With --as-of, tables are read as they were then, as long as `meteolake maintain` has kept their old files.

    Example: `meteolake sql "select site_id, valid_date, q50 from refined.forecast_daily where lead_days = 1"`
    """
    from meteolake.cli.lake_location import loaded, zones

    instant = None if as_of is None else _instant(as_of)
    if on == "athena":
        if instant:
            raise typer.BadParameter("Athena has no earlier versions of Delta tables: leave out --as-of, or --on.")
        from meteolake.cli.athena import ask

        found = ask(loaded(config), statement)
    else:
        from meteolake.lake.query import query

        found = query(zones(loaded(config)), statement, as_of=instant)
    if json:
        print_json(found.to_pylist())
        return
    numbers = [field.name for field in found.schema if str(field.type) in ("double", "int64", "int32", "bigint")]
    rows = [[_shown(value) for value in row.values()] for row in found.to_pylist()]
    table_or_records(found.column_names, rows, right=numbers)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no instant: write 2026-11-01 or 2026-11-01T06:00.") from error
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    if instant > datetime.now(UTC):
        raise typer.BadParameter(f"{text} is in the future (UTC): leave out --as-of to read the tables as they are.")
    return instant


def _shown(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value

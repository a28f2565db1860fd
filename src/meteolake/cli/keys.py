"""`meteolake keys`: who may use the API."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import err, out, print_json, table

if TYPE_CHECKING:
    from meteolake.serve.keys import Keys

keys = typer.Typer(help="Make, list and revoke the API's keys.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name of the key, such as harbour-office.")]
_INTERNAL = ("salt", "digest")


@keys.command()
def add(
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="An endpoint that the key opens, such as forecast; repeatable. [default: all]"),
    ] = None,
    requests_per_day: Annotated[int | None, typer.Option(min=1, help="How many requests a day. [default: any]")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make a key and show it, this once.

    The lake keeps a digest of it alone. `meteolake serve --require-keys` asks for keys.
    """
    made = _keys(config).add(name, tuple(scope or ()), requests_per_day)
    if json:
        print_json({"name": name, "key": made})
        return
    out.print(made)
    err.print("Keep it: it is not shown again. Send it as header X-API-Key or as parameter apikey.")


@keys.command("list")
def list_keys(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the keys, revoked ones too."""
    found = list(_keys(config).list())
    if json:
        print_json([{name: value for name, value in asdict(key).items() if name not in _INTERNAL} for key in found])
        return
    rows = [
        (key.name, ", ".join(key.scopes) or "all", key.requests_per_day, key.created_at, key.revoked_at)
        for key in found
    ]
    columns = ("name", "scopes", "requests per day", "created", "revoked")
    table("", columns, rows, right=("requests per day",))


@keys.command()
def revoke(name: Name, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Make a key useless, within seconds for servers that run."""
    _keys(config).revoke(name)
    if json:
        print_json({"revoked": name})
    else:
        out.print(f"Revoked {name}.")


def _keys(config: Path | None) -> "Keys":
    from meteolake.cli.lake_location import loaded, zones
    from meteolake.lake.objects import Objects
    from meteolake.serve.keys import Keys

    return Keys(Objects(zones(loaded(config)).raw))

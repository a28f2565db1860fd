"""`meteolake sites`: the places whose weather the lake keeps."""

import json as jsons
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import out, print_json, table
from meteolake.errors import ConfigError

if TYPE_CHECKING:
    from meteolake.sites import Site

sites = typer.Typer(help="List sites, or look one up and add it.", no_args_is_help=True)
_URL = "https://geocoding-api.open-meteo.com"


@sites.command("list")
def list_sites(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the sites that a run would capture."""
    from meteolake.cli.lake_location import loaded
    from meteolake.cli.settings import settings
    from meteolake.pipeline.wanted_sites import wanted_sites

    found = [asdict(site) for site in wanted_sites(settings(loaded(config)))]
    if json:
        print_json(found)
    else:
        table("", list(found[0]), [list(site.values()) for site in found])


@sites.command()
def add(
    name: Annotated[str, typer.Argument(help="The name of a place, such as Berlin.")],
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration to add it to.")] = Path(
        "meteolake.toml"
    ),
    url: Annotated[str, typer.Option(help="The geocoding service.")] = _URL,
    json: JsonOption = False,
) -> None:
    """Look a place up and add it to the configuration.

    The place is found by Open-Meteo's geocoding service and appended to the file under `[[sites.places]]`.
    """
    from meteolake.capture.geocoding import find_place
    from meteolake.config import load

    known = load(config)
    site = find_place(name, url=url)
    if site.site_id in {place.site_id for place in known.sites.places}:
        raise ConfigError(f"{config} has a site {site.site_id!r} already: rename it there to add another.")
    _append(config, _entry(site))
    if json:
        print_json(asdict(site))
    else:
        place = f"{site.latitude:g}, {site.longitude:g}"
        out.print(f"Added {site.name} ({place}) to {config} as {site.site_id}. `meteolake run` captures it.")


def _append(config: Path, entry: str) -> None:
    try:
        tomllib.loads(config.read_text(encoding="utf-8") + entry)
        with config.open("a", encoding="utf-8") as file:
            file.write(entry)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{config} lists its places in another way. Add this one there yourself:\n{entry}") from error
    except OSError as error:
        raise ConfigError(f"{config} cannot be written: {error.strerror}. Correct its permissions.") from error


def _entry(site: "Site") -> str:
    """A site as a table of TOML, whose basic texts are those of JSON."""
    values = {key: value for key, value in asdict(site).items() if value is not None}
    lines = (f"{key} = {jsons.dumps(value, ensure_ascii=False)}" for key, value in values.items())
    return "\n[[sites.places]]\n" + "\n".join(lines) + "\n"

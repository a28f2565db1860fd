"""`meteolake init`: write a commented configuration."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from meteolake.cli.options import JsonOption
from meteolake.cli.output import out, print_json
from meteolake.errors import ConfigError


def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("meteolake.toml"),
    json: JsonOption = False,
) -> None:
    """Write a commented configuration.

    The file, **meteolake.toml**, has every key with its default. Edit it, then fill the lake with `meteolake run`. A
    file that is already there is never overwritten.
    """
    text = (resources.files("meteolake.cli") / "template.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path} is already there and stays as it is: edit it, or name another file.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
    if json:
        print_json({"written": str(path)})
    else:
        out.print(f"Wrote {path}. Edit it, then fill the lake with `meteolake run`.")

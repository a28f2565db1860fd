"""`meteolake simulate`: stand-ins for the sources."""

from pathlib import Path
from typing import Annotated

import typer

from meteolake.cli.options import JsonOption
from meteolake.cli.output import err, print_json

simulate = typer.Typer(help="Run a stand-in for a source.", no_args_is_help=True)


@simulate.callback()
def _simulate() -> None:
    """Keeps `open-meteo` a command of its own."""


@simulate.command("open-meteo")
def open_meteo(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8080,
    observations: Annotated[
        Path | None, typer.Option(help="Answer with these observations: a CSV, plain or gzipped. Needs --sites.")
    ] = None,
    sites: Annotated[Path | None, typer.Option(help="Where they were observed: a CSV.")] = None,
    seed: Annotated[int, typer.Option(help="Fixes the generated weather and the faults.")] = 0,
    delay_days: Annotated[int, typer.Option(help="How many of the newest days are not there yet.", min=0)] = 5,
    limits: Annotated[bool, typer.Option("--limits", help="Enforce the limits of the free service.")] = False,
    speed: Annotated[float, typer.Option(help="How much faster the clock of the limits runs.", min=1)] = 1.0,
    faults: Annotated[
        str | None, typer.Option(help="Misbehave: rates by kind, such as '502=0.1,reset=0.05', or 'all=0.2'.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Answer like the Open-Meteo archive.

    With generated weather for any place on Earth, or with your observations. The generated weather is the same for the
    same seed, place and day, whatever is asked.

    Kinds of faults: `429-minute`, `429-hour`, `429-day`, `429-concurrent`, `500`, `502`, `503`, `504`, `html`, `empty`,
    `error-in-body`, `wrong-length`, `missing-variable`, `duplicate-location`, `reorder-locations`, `slow-start`,
    `slow-body`, `cut-body`, `gzip-garbage`, `reset`, and `all` of them.

    Example: `meteolake simulate open-meteo --observations daily.csv.gz --sites sites.csv`
    """
    from meteolake.cli.simulated_archive import simulated_archive
    from meteolake.simulate.server import serve

    app = simulated_archive(observations, sites, seed, delay_days, speed if limits else None, faults)

    def tell(url: str) -> None:
        if json:
            print_json({"url": url})
        else:
            err.print(f"Simulating the Open-Meteo archive at {url} (Ctrl-C stops)")

    serve(app, port, tell)

"""`meteolake demo`: the whole way once, from sources to served forecasts."""

from pathlib import Path
from typing import Annotated

import typer

from meteolake.cli.options import JsonOption


def demo(
    path: Annotated[Path, typer.Option("--lake", help="Where the lake is filled.")] = Path("lake"),
    offline: Annotated[
        bool, typer.Option("--offline", help="Use the simulated archive without asking the real one.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Fill a lake and show what it holds.

    In about half a minute it makes everything that meteolake makes. Weather comes from the **Open-Meteo archive** where
    it can be reached (three years at six cities, which fits its free budget), else from the built-in simulated archive
    (twelve years at 24 cities). The stations are generated, with gaps and gross errors. Running it again brings the
    same lake up to date.
    """
    from meteolake.cli.demo_lake import fill_demo_lake

    fill_demo_lake(path, is_offline=offline, json=json)

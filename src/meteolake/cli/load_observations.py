"""`meteolake load-observations`: the way into a database for people who have files."""

from pathlib import Path
from typing import Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import display, out, print_json


def load_observations(
    observations: Annotated[Path, typer.Argument(help="Daily observations: a CSV, plain or gzipped.")],
    sites: Annotated[Path | None, typer.Option(help="The sites that they are of: a CSV.")] = None,
    database: Annotated[
        str | None, typer.Option(help="SQLAlchemy URL. [default: as configured, else the file stations.db]")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Load files into a database.

    New observations and sites are added, changed ones replaced. The tables `sites` and `observations` are created where
    they are missing. Observations have the columns `site_id`, `date` and any of the variables (or `temperature_max_c`,
    `temperature_min_c`, `precipitation_mm` and their like); sites have `site_id, name, latitude, longitude`. Loading
    the same file again changes nothing.

    Example: `meteolake load-observations daily.csv.gz --sites sites.csv --database sqlite:///stations.db`
    """
    from meteolake.capture.load_observations import load
    from meteolake.cli.lake_location import loaded
    from meteolake.cli.settings import database_url
    from meteolake.station_files import read_observations, read_sites

    url = database or database_url(loaded(config).database)
    places, rows = read_sites(sites) if sites else [], read_observations(observations)
    with display(is_quiet=json) as shown:
        done = load(url, places, rows, lambda count: shown.doing("loading observations", count, rows.num_rows))
    if json:
        print_json({"sites": done.sites, "observations": done.observations})
    else:
        out.print(f"Loaded {done.observations:,} new or changed observations and {done.sites:,} sites.")

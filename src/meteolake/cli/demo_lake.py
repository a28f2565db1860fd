"""What `meteolake demo` does: sources, a run over them, and what to look at."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from meteolake.capture.availability import availability
from meteolake.capture.database import ObservationsTable, SitesTable, read_sites
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.cli.output import display, err, out, print_json, summary, table
from meteolake.cli.run import fail_on_problems
from meteolake.cli.settings import DEMO_STATIONS_FILE
from meteolake.errors import LakeError, SourceError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.report import Report
from meteolake.pipeline.run import run as run_pipeline
from meteolake.pipeline.settings import Archive, Database, Settings
from meteolake.serve.lake_source import LakeSource
from meteolake.simulate.demo_sites import DEMO_SITES, station_observations
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather
from meteolake.sites import Site
from meteolake.tables import CAPTURES, FORECAST_SCORES, TABLES, Table
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES

_MEMORY_MB = 1024
_PROBE_SECONDS = 3.0
# What fits one minute of the archive's free budget: 6 sites, 3 years, 10 variables weigh 470 of 480.
_ONLINE_SITES, _ONLINE_YEARS = 6, 3
_OFFLINE_YEARS = 12
_QUESTION = "select site_id, valid_date, q10, q50, q90 from refined.forecast_daily limit 5"


def fill_demo_lake(path: Path, *, is_offline: bool, json: bool) -> None:
    """Fill the lake and show what was made.

    Raises:
        LakeError: the lake cannot be written, is a user's own, or holds weather of an archive that is not there now.
        SourceError: the archive refuses half way.
    """
    lake = path.expanduser().absolute()
    _refuse_lake_of_a_user(lake)
    with _archive(is_simulated=_is_simulated(lake, is_offline=is_offline)) as (service, sites, years):
        if not json:
            err.print(f"Weather of {len(sites)} cities over {years} years from {service.url}.")
        last_date = datetime.now(UTC).date() - timedelta(days=1)
        first_date = date(last_date.year - years, last_date.month, 1)
        database = _station_database(lake, sites, first_date, last_date)
        archive = Archive(service, tuple(VARIABLES), first_date)
        prepared = Settings(Zones.below(str(lake)), Plan("sail", _MEMORY_MB), database, archive)
        with display(is_quiet=json) as shown:
            report = run_pipeline(prepared, shown)
    if json:
        print_json(report.as_json())
    else:
        _show(report, prepared.zones, path)
    fail_on_problems(report)


def _refuse_lake_of_a_user(lake: Path) -> None:
    if tables.exists(Zones.below(str(lake)), CAPTURES) and not (lake / DEMO_STATIONS_FILE).exists():
        raise LakeError(f"{lake} holds a lake that is not the demo's: choose another folder with --lake.")


def _is_simulated(lake: Path, *, is_offline: bool) -> bool:
    """Whether the weather is generated: no lake gets some from the real archive, and some that is made up."""
    database = lake / DEMO_STATIONS_FILE
    sites = len(read_sites(f"sqlite:///{database}", SitesTable())) if database.exists() else 0
    if sites == len(DEMO_SITES):
        return True
    if not is_offline and _can_be_reached():
        return False
    if sites:
        raise LakeError(
            f"{lake} holds weather of the real archive, which is not asked now: choose another folder with --lake for "
            "the simulated one."
        )
    if not is_offline:
        err.print("The Open-Meteo archive cannot be reached from here: using the built-in simulated archive.")
    return True


@contextlib.contextmanager
def _archive(*, is_simulated: bool) -> Iterator[tuple[OpenMeteo, list[Site], int]]:
    """The archive, and which sites and years it is asked for."""
    if not is_simulated:
        yield OpenMeteo(), list(DEMO_SITES[:: len(DEMO_SITES) // _ONLINE_SITES]), _ONLINE_YEARS
        return
    with running(archive_app(GeneratedWeather())) as url:
        yield OpenMeteo(url=url), list(DEMO_SITES), _OFFLINE_YEARS


def _can_be_reached() -> bool:
    try:
        asyncio.run(_probe(OpenMeteo()))
    except SourceError:
        return False
    return True


async def _probe(service: OpenMeteo) -> None:
    async with httpx.AsyncClient(timeout=_PROBE_SECONDS, headers=service.headers) as client:
        await availability(service, client)


def _station_database(lake: Path, sites: list[Site], first_date: date, last_date: date) -> Database:
    """A database as a user would have one, in a file beside the zones."""
    try:
        lake.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LakeError(
            f"The lake cannot be written at {lake}: {error.strerror}. Choose another with --lake."
        ) from error
    url = f"sqlite:///{lake / DEMO_STATIONS_FILE}"
    load(url, sites, station_observations(sites, first_date, last_date))
    return Database(url, SitesTable(), ObservationsTable())


def _show(report: Report, zones: Zones, path: Path) -> None:
    stages = [(stage.name, f"{stage.seconds:.1f}", summary(stage)) for stage in report.stages]
    table("What the run did", ("stage", "seconds", "what"), stages, right=("seconds",))
    made = [(entry.full_name, _table_cells(zones, entry)) for entry in TABLES]
    rows = [(name, *cells) for name, cells in made if cells]
    table("What the lake holds", ("table", "rows", "from", "until", "kB"), rows, right=("rows", "kB"))
    if tables.exists(zones, FORECAST_SCORES):
        _show_skill(LakeSource(zones).scores())
    command = _program() if path == Path("lake") else f"METEOLAKE_LAKE_PATH={path} {_program()}"
    out.print(f"Done in {report.seconds:.0f} s. Look at it:", style="bold")
    out.print(f"  {command} serve       a dashboard and an API at http://127.0.0.1:8000")
    out.print(f'  {command} sql "{_QUESTION}"')
    out.print(f"  {command} status      tables, versions and the last runs")


def _program() -> str:
    """How this program can be called again from here."""
    if shutil.which("meteolake"):
        return "meteolake"
    return "python -m meteolake" if Path(sys.argv[0]).stem == "__main__" else sys.argv[0]


def _table_cells(zones: Zones, entry: Table) -> tuple[object, ...] | None:
    if (extent := tables.extent(zones, entry)) is None:
        return None
    return (f"{extent.rows:,}", extent.first_date, extent.last_date, f"{extent.bytes / 1000:,.0f}")


def _show_skill(scores: dict[str, Any]) -> None:
    """Skill against climatology by lead, for the three forecasts."""
    names = {
        TEMPERATURE_MAX: ("maximum temperature (CRPS)", "crps_skill"),
        TEMPERATURE_MIN: ("minimum temperature (CRPS)", "crps_skill"),
        PRECIPITATION: ("rain of 1 mm or more (Brier)", "brier_skill"),
    }
    leads = sorted({row["lead_days"] for row in scores["scores"] if row["lead_days"] in (1, 2, 3, 5, 7, 10, 14)})
    found = {(row["variable"], row["lead_days"]): row for row in scores["scores"]}
    rows = [
        (label, *(f"{found[name, lead][key]:z.2f}" if (name, lead) in found else "" for lead in leads))
        for name, (label, key) in names.items()
    ]
    title = f"Forecast skill against climatology on days held back, {scores['from_date']} to {scores['until_date']}"
    table(title, ("days ahead", *map(str, leads)), rows, right=tuple(map(str, leads)))

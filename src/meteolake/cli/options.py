"""Options that several commands share, and the way from the configuration to a run's settings."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from meteolake import config
from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake.paths import Zones, is_remote
from meteolake.pipeline.settings import Archive, Database, Settings

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The configuration. [default: meteolake.toml, if it is there]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


def loaded(path: Path | None) -> config.Config:
    """The configuration of a file; without one, the defaults where there is no meteolake.toml."""
    return config.load(path or Path(config.FILE_NAME), is_optional=path is None)


def zones(lake: config.Lake) -> Zones:
    """Where the zones lie; paths are made absolute, since the engine has a working directory of its own."""
    below = Zones.below(_absolute(lake.path))
    return Zones(
        _absolute(lake.raw or below.raw),
        _absolute(lake.trusted or below.trusted),
        _absolute(lake.refined or below.refined),
    )


def settings(configured: config.Config) -> Settings:
    """What a run needs, out of the configuration."""
    return Settings(
        zones(configured.lake),
        configured.run.engine,
        configured.run.memory_mb,
        _database(configured.database),
        _archive(configured.open_meteo) if configured.open_meteo.is_enabled else None,
        configured.publish.postgres.get_secret_value() if configured.publish.postgres else None,
    )


def _absolute(root: str) -> str:
    return root.rstrip("/") if is_remote(root) else str(Path(root).expanduser().absolute())


def _archive(section: config.OpenMeteo) -> Archive:
    service = OpenMeteo(
        url=section.url,
        api_key=section.api_key.get_secret_value() if section.api_key else None,
        model=section.model,
        is_patient=section.wait,
    )
    return Archive(service, section.variables, section.first_date)


def _database(section: config.Database) -> Database:
    observed = section.observations
    observations = ObservationsTable(
        table=observed.table,
        columns=observed.columns,
        units=observed.units,
        missing=observed.missing,
        cursor=observed.cursor or None,
        overlap=timedelta(hours=observed.overlap_hours),
        deleted=observed.deleted or None,
    )
    sites = SitesTable(table=section.sites.table, columns=section.sites.columns)
    return Database(section.url.get_secret_value(), sites, observations if observed.is_enabled else None)

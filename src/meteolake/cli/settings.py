"""From the configuration to the settings of a run."""

from datetime import timedelta

from meteolake import config
from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.cli.lake_location import zones
from meteolake.pipeline.settings import Archive, Database, Settings


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

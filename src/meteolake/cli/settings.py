"""From the configuration to the settings of a run."""

import os
from datetime import timedelta
from pathlib import Path

from meteolake import config
from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.open_meteo import ARCHIVE, FORECAST, OpenMeteo, Product
from meteolake.cli.aws.account import account
from meteolake.cli.lake_location import reachable, zones
from meteolake.errors import ConfigError
from meteolake.pipeline.building import Plan
from meteolake.pipeline.settings import Archive, Catalogue, Database, Forecast, Settings
from meteolake.sites import Site, standard_offset
from meteolake.station_files import read_sites

STATIONS_FILE = "stations.db"
DEMO_STATIONS_FILE = "stations.db"
"""Inside the lake that `meteolake demo` fills, which it tells from others."""


def settings(configured: config.Config, *, is_rebuild: bool = False) -> Settings:
    """What a run needs, out of the configuration.

    Raises:
        ConfigError: the lake is the demo's.
        SourceError: the file of sites is wrong.
        CloudError: the lake's bucket is not there or refuses.
    """
    _refuse_lake_of_the_demo(configured)
    return Settings(
        zones(configured),
        plan(configured, is_rebuild=is_rebuild),
        _database(configured.database),
        _archive(configured.open_meteo) if configured.open_meteo.is_enabled else None,
        _forecast(configured.open_meteo) if configured.open_meteo.forecast.is_enabled else None,
        _places(configured.sites),
        configured.publish.postgres.get_secret_value() if configured.publish.postgres else None,
        reachable(configured, configured.publish.public)[0] if configured.publish.public else None,
        Catalogue(account(configured), configured.aws.stack) if configured.publish.athena else None,
    )


def plan(configured: config.Config, *, is_rebuild: bool = False) -> Plan:
    """How the tables are made, out of the configuration."""
    climate = configured.climate
    return Plan(
        configured.run.engine,
        configured.run.memory_mb or _half_of_the_memory(),
        (climate.base_from, climate.base_until),
        configured.quality.most_refused,
        is_rebuild,
    )


def _refuse_lake_of_the_demo(configured: config.Config) -> None:
    """Its weather may be generated, and would lie among the user's."""
    stations = Path(configured.lake.path).expanduser() / DEMO_STATIONS_FILE
    if stations.exists() and str(stations) not in database_url(configured.database):
        raise ConfigError(
            f"{configured.lake.path} holds the demo's lake, which `meteolake demo` brings up to date. For your own, "
            f"work in another folder, or set another `path` under [lake] of {config.FILE_NAME} (`meteolake init`)."
        )


def _half_of_the_memory() -> int:
    """In MB; of a container, what its host has."""
    return max(1024, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**21)


def _places(section: config.Sites) -> tuple[Site, ...]:
    listed = _listed(Path(section.file).expanduser()) if section.file else []
    written = (
        Site(
            place.site_id,
            place.name,
            place.latitude,
            place.longitude,
            place.elevation_m,
            standard_offset(place.longitude) if place.utc_offset_hours is None else place.utc_offset_hours,
        )
        for place in section.places
    )
    return (*listed, *written)


def _listed(file: Path) -> list[Site]:
    if not file.exists():
        raise ConfigError(f"There is no {file}, which `file` under [sites] names: write it, or correct the name.")
    return read_sites(file)


def _archive(section: config.OpenMeteo) -> Archive:
    service = _service(section, section.url, ARCHIVE, section.model)
    return Archive(service, section.variables, section.first_date, section.sweep_share)


def _forecast(section: config.OpenMeteo) -> Forecast:
    wanted = section.forecast
    return Forecast(_service(section, wanted.url, FORECAST, wanted.model), section.variables)


def _service(section: config.OpenMeteo, url: str, product: Product, model: str) -> OpenMeteo:
    key = section.api_key.get_secret_value() if section.api_key else None
    return OpenMeteo(
        url=url,
        api_key=key,
        product=product,
        model=model,
        budget_share=section.budget_share,
        concurrency=section.concurrency,
        is_patient=section.wait,
    )


def database_url(section: config.Database) -> str:
    """The URL of the configuration, else that of the file which `meteolake load-observations` makes."""
    return section.url.get_secret_value() if section.url else f"sqlite:///{STATIONS_FILE}"


def _database(section: config.Database) -> Database | None:
    """The database, which there is none of where the configuration names none and no files were loaded."""
    if not section.is_enabled or not (section.url or Path(STATIONS_FILE).exists()):
        return None
    observed = section.observations
    observations = ObservationsTable(
        table=observed.table,
        columns=observed.columns,
        units=observed.units,
        missing=observed.missing,
        texts=observed.texts,
        cursor=observed.cursor or None,
        overlap=timedelta(hours=observed.overlap_hours),
        deleted=observed.deleted or None,
        compare_keys=timedelta(days=observed.compare_keys_days) if observed.compare_keys_days else None,
    )
    sites = SitesTable(table=section.sites.table, columns=section.sites.columns)
    return Database(database_url(section), sites, observations if observed.is_enabled else None)

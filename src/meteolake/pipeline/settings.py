"""What a run needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from meteolake.aws.account import Account
from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.sites import Site


@dataclass(frozen=True)
class Archive:
    """The wanted history of the archive: service, variables, first day.

    `sweep_share` is the part of a free day's budget that goes into reading old history again, since it is revised.
    """

    service: OpenMeteo
    variables: tuple[str, ...]
    first_date: date
    sweep_share: float = 0.0


@dataclass(frozen=True)
class Forecast:
    """The service's own forecasts, kept with their issue time, and the wanted variables."""

    service: OpenMeteo
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Database:
    """The relational database; its URL may hold a password and is never shown."""

    url: str
    sites: SitesTable
    observations: ObservationsTable | None

    def __repr__(self) -> str:
        return "Database(…)"


@dataclass(frozen=True)
class Catalogue:
    """Where Athena learns of the tables: a Glue database for each zone."""

    account: Account
    databases: Mapping[str, str]


@dataclass(frozen=True)
class Settings:
    """Where the lake lies, what fills it, how the jobs run, and where the results go besides.

    `places` are sites besides those of the database.
    """

    zones: Zones
    plan: Plan
    database: Database | None
    archive: Archive | None
    forecast: Forecast | None = None
    places: tuple[Site, ...] = ()
    postgres: str | None = None
    public: str | None = None
    catalogue: Catalogue | None = None

    @property
    def patient(self) -> "Settings":
        """The same, with captures that wait when the budget is spent, however long."""
        archive, forecast = self.archive, self.forecast
        return replace(
            self,
            archive=archive and replace(archive, service=replace(archive.service, is_patient=True)),
            forecast=forecast and replace(forecast, service=replace(forecast.service, is_patient=True)),
        )

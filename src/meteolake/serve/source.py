"""Where the API's answers come from: one interface over a lake, and over what was published from one."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from meteolake.errors import MeteolakeError
from meteolake.serve.places import KnownSite

Row = Mapping[str, Any]


class NotOffered(MeteolakeError):
    """What is asked for exists, but not here; the text says where."""


class Source(Protocol):
    """What the API needs to know. Each method may raise LakeError, where there is nothing yet, and NotOffered."""

    def sites(self) -> list[KnownSite]:
        """All sites."""

    def history(self, site_id: str, first_date: date, last_date: date, variables: Sequence[str]) -> list[Row]:
        """The trusted days of a site from the first to the last, both included, as rows of `weather_daily`."""

    def forecast(self, site_id: str) -> list[Row]:
        """The newest forecast of a site as rows of `forecast_daily`, by variable and lead; none without a forecast."""

    def normals(self, site_id: str, variable: str) -> list[Row]:
        """The normals of a site and variable as rows of `climate_normals`, by day of the year."""

    def scores(self) -> dict[str, Any]:
        """How good the forecasts are, as `/v1/scores` answers."""

    def health(self) -> dict[str, Any]:
        """How fresh everything is, as `/healthz` answers."""

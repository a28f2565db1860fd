"""The API without a web framework: parameters as texts in, answers as JSON values out.

FastAPI serves it for `meteolake serve`, and a plain function behind Amazon's API Gateway; both give the same answers.
"""

from datetime import date, timedelta
from typing import Any

from meteolake.errors import LakeError, MeteolakeError
from meteolake.serve.lake_api import normals_answer, sites_answer
from meteolake.serve.open_meteo_api import (
    RAIN_PROBABILITY,
    Units,
    WrongRequest,
    archive_answer,
    forecast_answer,
    of_locations,
)
from meteolake.serve.places import KnownSite, UnknownPlace, by_id, nearest
from meteolake.serve.source import NotOffered, Source
from meteolake.tables import QUANTILES
from meteolake.variables import FORECAST_VARIABLES, TEMPERATURE_MAX

ARCHIVE_DAILY = ",".join(FORECAST_VARIABLES)
FORECAST_DAILY = ",".join((*FORECAST_VARIABLES, RAIN_PROBABILITY))
NORMALS_VARIABLE = TEMPERATURE_MAX

Places = list[KnownSite]


class Api:
    """The endpoints over a source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def places(self, latitude: str | None, longitude: str | None, site_id: str | None) -> Places:
        """The sites that a request means: by id, or the nearest to each point.

        Raises:
            WrongRequest: neither is given, or a coordinate is no number.
            UnknownPlace: there is no such site.
        """
        sites = self._source.sites()
        if site_id is not None:
            return by_id(sites, _names(site_id))
        if latitude is None or longitude is None:
            raise WrongRequest("Give latitude and longitude, or site_id: /v1/sites lists the sites.")
        return nearest(sites, _numbers(latitude, "latitude"), _numbers(longitude, "longitude"))

    def archive(self, places: Places, first: date | None, last: date | None, daily: str, units: Units) -> Any:
        """The history of one site, or a list for several."""
        answers = []
        for place in places:
            until = last or place.last_date or date.today()
            since = first or until - timedelta(days=29)
            answers.append(archive_answer(self._source, place, since, until, _names(daily), units))
        return of_locations(answers)

    def forecast(self, places: Places, daily: str, quantiles: str, units: Units) -> Any:
        """The newest forecast of one site, or a list for several."""
        levels = QUANTILES if quantiles == "all" else tuple(_numbers(quantiles, "quantiles"))
        answers = [forecast_answer(self._source, place, _names(daily), levels, units) for place in places]
        return of_locations(answers)

    def sites(self) -> Any:
        """Every site."""
        return sites_answer(self._source.sites())

    def normals(self, site_id: str, variable: str) -> Any:
        """What is normal at a site."""
        [place] = by_id(self._source.sites(), [site_id])
        return normals_answer(self._source, place, variable)

    def scores(self) -> Any:
        """How good the forecasts are."""
        return self._source.scores()

    def model_card(self) -> Any:
        """What the forecasts are and what they are worth."""
        return self._source.model_card()

    def health(self) -> Any:
        """How fresh everything is."""
        return self._source.health()


def status(error: MeteolakeError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, LakeError):
        return 503
    if isinstance(error, NotOffered):
        return 501
    return 404 if isinstance(error, UnknownPlace) else 400


def refusal(reason: str) -> dict[str, Any]:
    """An error in Open-Meteo's form."""
    return {"error": True, "reason": reason}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _numbers(text: str, parameter: str) -> list[float]:
    try:
        return [float(name) for name in _names(text)]
    except ValueError:
        raise WrongRequest(f"Parameter '{parameter}' must be numbers, comma separated. Given: {text}.") from None

"""The HTTP API and the dashboard over one lake."""

from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from meteolake import __version__
from meteolake.errors import LakeError, MeteolakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.serve import lake_api
from meteolake.serve.open_meteo_api import RAIN_PROBABILITY, Units, WrongRequest, archive_answer, forecast_answer
from meteolake.serve.places import Directory, KnownSite, UnknownPlace, by_id, nearest
from meteolake.tables import FORECAST_SCORES, QUANTILES
from meteolake.variables import FORECAST_VARIABLES, TEMPERATURE_MAX

_PAGES = Path(str(resources.files("meteolake.serve") / "pages"))
_DESCRIPTION = """
History and probabilistic forecasts of the sites of a weather data lake, in the form of the Open-Meteo API.
Weather data by [Open-Meteo.com](https://open-meteo.com) (CC BY 4.0).
"""
_ARCHIVE_DEFAULT = ",".join(FORECAST_VARIABLES)
_FORECAST_DEFAULT = ",".join((*FORECAST_VARIABLES, RAIN_PROBABILITY))

Daily = Annotated[str, Query(description="Daily variables, comma separated.")]


def create_app(zones: Zones) -> FastAPI:
    """The API over a lake; every answer is of its newest state."""
    app = FastAPIOffline(title="meteolake", version=__version__, description=_DESCRIPTION)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.mount("/pages", StaticFiles(directory=_PAGES), name="pages")
    _add_errors(app)
    _add_pages(app)
    directory = Directory(zones)
    _add_open_meteo(app, zones, directory)
    _add_lake(app, zones, directory)
    return app


def _add_open_meteo(app: FastAPI, zones: Zones, directory: Directory) -> None:
    def places(
        latitude: Annotated[str | None, Query(description="Degrees north, comma separated.")] = None,
        longitude: Annotated[str | None, Query(description="Degrees east, comma separated.")] = None,
        site_id: Annotated[str | None, Query(description="Sites by id instead of by place, comma separated.")] = None,
    ) -> list[KnownSite]:
        return _places(directory, latitude, longitude, site_id)

    def units(
        temperature_unit: Annotated[str, Query(description="celsius or fahrenheit")] = "celsius",
        precipitation_unit: Annotated[str, Query(description="mm or inch")] = "mm",
        wind_speed_unit: Annotated[str, Query(description="kmh, ms, mph or kn")] = "kmh",
    ) -> Units:
        return Units(temperature_unit, precipitation_unit, wind_speed_unit)

    @app.get("/v1/archive", tags=["Open-Meteo"], summary="History of sites")
    def archive(
        places: Annotated[list[KnownSite], Depends(places)],
        units: Annotated[Units, Depends(units)],
        start_date: Annotated[date | None, Query(description="First day; default: a month before the last.")] = None,
        end_date: Annotated[date | None, Query(description="Last day, included; default: the newest.")] = None,
        daily: Daily = _ARCHIVE_DEFAULT,
    ) -> Any:
        """The trusted history of one site, or a list for several; a site is the nearest within 50 km of a place."""
        answers = []
        for place in places:
            last = end_date or place.last_date or date.today()
            first = start_date or last - timedelta(days=29)
            answers.append(archive_answer(zones, place, first, last, _names(daily), units))
        return answers[0] if len(answers) == 1 else answers

    @app.get("/v1/forecast", tags=["Open-Meteo"], summary="Forecasts of sites")
    def forecast(
        places: Annotated[list[KnownSite], Depends(places)],
        units: Annotated[Units, Depends(units)],
        daily: Daily = _FORECAST_DEFAULT,
        quantiles: Annotated[str, Query(description="Quantiles besides the median: all, or 0.1,0.9")] = "",
    ) -> Any:
        """The newest forecast: medians, the probability of at least 1 mm, quantiles, and the verified skill."""
        levels = QUANTILES if quantiles == "all" else tuple(_numbers(quantiles, "quantiles"))
        answers = [forecast_answer(zones, place, _names(daily), levels, units) for place in places]
        return answers[0] if len(answers) == 1 else answers


def _add_lake(app: FastAPI, zones: Zones, directory: Directory) -> None:
    @app.get("/v1/sites", tags=["Lake"], summary="Every site")
    def sites() -> Any:
        """All sites with the days that the lake has of them, and their newest forecast."""
        return lake_api.sites_answer(directory.sites())

    @app.get("/v1/normals", tags=["Lake"], summary="What is normal at a site")
    def normals(site_id: str, variable: str = TEMPERATURE_MAX) -> Any:
        """Normals by day of the year, 1 to 366 as in a leap year."""
        [place] = by_id(directory.sites(), [site_id])
        return lake_api.normals_answer(zones, place, variable)

    @app.get("/v1/scores", tags=["Lake"], summary="How good the forecasts are")
    def scores() -> Any:
        """Skill against climatology by variable and lead, measured on days that were held back from training."""
        if not tables.exists(zones, FORECAST_SCORES):
            raise LakeError("There are no scores yet: fill the lake with `meteolake run`.")
        return lake_api.scores_answer(zones)

    @app.get("/v1/model-card", tags=["Lake"], summary="What the forecasts are and what they are worth")
    def model_card() -> Any:
        """How the forecasts are made, and their skill as measured by kind, variable, region and lead."""
        if not tables.exists(zones, FORECAST_SCORES):
            raise LakeError("There are no scores yet: fill the lake with `meteolake run`.")
        return lake_api.model_card_answer(zones)

    @app.get("/healthz", tags=["Lake"], summary="Whether the lake can be served")
    def healthz() -> Any:
        """How fresh the lake is; 503 with the reason while it cannot be served."""
        return lake_api.health_answer(zones)


def _add_pages(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def index() -> FileResponse:
        return FileResponse(_PAGES / "index.html")


def _add_errors(app: FastAPI) -> None:
    """Every error in Open-Meteo's form."""

    @app.exception_handler(MeteolakeError)
    def refused(request: Request, error: MeteolakeError) -> JSONResponse:
        status = 503 if isinstance(error, LakeError) else 404 if isinstance(error, UnknownPlace) else 400
        return _error(status, str(error))

    @app.exception_handler(RequestValidationError)
    def wrong(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return _error(400, f"Parameter '{first['loc'][-1]}': {first['msg']}")

    @app.exception_handler(HTTPException)
    def failed(request: Request, error: HTTPException) -> Response:
        return _error(error.status_code, str(error.detail))


def _error(status: int, reason: str) -> JSONResponse:
    return JSONResponse({"error": True, "reason": reason}, status)


def _places(directory: Directory, latitude: str | None, longitude: str | None, site_id: str | None) -> list[KnownSite]:
    sites = directory.sites()
    if site_id is not None:
        return by_id(sites, _names(site_id))
    if latitude is None or longitude is None:
        raise WrongRequest("Give latitude and longitude, or site_id: /v1/sites lists the sites.")
    return nearest(sites, _numbers(latitude, "latitude"), _numbers(longitude, "longitude"))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _numbers(text: str, parameter: str) -> list[float]:
    try:
        return [float(name) for name in _names(text)]
    except ValueError:
        raise WrongRequest(f"Parameter '{parameter}' must be numbers, comma separated. Given: {text}.") from None

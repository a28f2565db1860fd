"""The HTTP API and the dashboard over one lake."""

from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import FileResponse, JSONResponse
from fastapi.security import APIKeyHeader, APIKeyQuery
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from meteolake import __version__
from meteolake.errors import MeteolakeError, NotAllowed
from meteolake.lake.paths import Zones
from meteolake.serve.api import ARCHIVE_DAILY, FORECAST_DAILY, NORMALS_VARIABLE, Api, refusal, status
from meteolake.serve.guard import Guard, OutOfScope, QuotaSpent
from meteolake.serve.lake_source import LakeSource
from meteolake.serve.open_meteo_api import Units
from meteolake.serve.places import KnownSite

_PAGES = Path(str(resources.files("meteolake.serve") / "pages"))
_DESCRIPTION = """
History and probabilistic forecasts of the sites of a weather data lake, in the form of the Open-Meteo API.
Weather data by [Open-Meteo.com](https://open-meteo.com) (CC BY 4.0).
"""


class Refusal(BaseModel):
    """Every error, in Open-Meteo's form."""

    error: bool = True
    reason: str


_REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Refusal, "description": "What is wrong with the request."},
    503: {"model": Refusal, "description": "Why the lake cannot be served."},
}
Daily = Annotated[str, Query(description="Daily variables, comma separated.")]


def create_app(zones: Zones, guard: Guard | None = None) -> FastAPI:
    """The API over a lake; every answer is of its newest state.

    Args:
        zones: the lake.
        guard: asks for keys below `/v1`. The pages are open: they show nothing without the API.
    """
    app = FastAPIOffline(title="meteolake", version=__version__, description=_DESCRIPTION)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.mount("/pages", StaticFiles(directory=_PAGES), name="pages")
    _add_errors(app)
    _add_pages(app)
    api = Api(LakeSource(zones))
    router = APIRouter(prefix="/v1", dependencies=[_asking(guard)] if guard else [], responses=_REFUSALS)
    _add_open_meteo(router, api)
    _add_lake(router, api)
    app.include_router(router)
    _add_health(app, api)
    return app


def _asking(guard: Guard) -> Any:
    """A check of the key in front of each endpoint; its scope is the endpoint's name."""

    def check(
        request: Request,
        in_header: Annotated[str | None, Security(APIKeyHeader(name="X-API-Key", auto_error=False))],
        in_query: Annotated[str | None, Security(APIKeyQuery(name="apikey", auto_error=False))],
    ) -> None:
        guard.check(in_header or in_query, request.url.path.rpartition("/")[2])

    return Depends(check)


def _add_open_meteo(router: APIRouter, api: Api) -> None:
    def places(
        latitude: Annotated[str | None, Query(description="Degrees north, comma separated.")] = None,
        longitude: Annotated[str | None, Query(description="Degrees east, comma separated.")] = None,
        site_id: Annotated[str | None, Query(description="Sites by id instead of by place, comma separated.")] = None,
    ) -> list[KnownSite]:
        return api.places(latitude, longitude, site_id)

    def units(
        temperature_unit: Annotated[str, Query(description="celsius or fahrenheit")] = "celsius",
        precipitation_unit: Annotated[str, Query(description="mm or inch")] = "mm",
        wind_speed_unit: Annotated[str, Query(description="kmh, ms, mph or kn")] = "kmh",
    ) -> Units:
        return Units(temperature_unit, precipitation_unit, wind_speed_unit)

    @router.get("/archive", tags=["Open-Meteo"], summary="History of sites")
    def archive(
        places: Annotated[list[KnownSite], Depends(places)],
        units: Annotated[Units, Depends(units)],
        start_date: Annotated[date | None, Query(description="First day; default: a month before the last.")] = None,
        end_date: Annotated[date | None, Query(description="Last day, included; default: the newest.")] = None,
        daily: Daily = ARCHIVE_DAILY,
    ) -> Any:
        """The trusted history of one site, or a list for several; a site is the nearest within 50 km of a place."""
        return api.archive(places, start_date, end_date, daily, units)

    @router.get("/forecast", tags=["Open-Meteo"], summary="Forecasts of sites")
    def forecast(
        places: Annotated[list[KnownSite], Depends(places)],
        units: Annotated[Units, Depends(units)],
        daily: Daily = FORECAST_DAILY,
        quantiles: Annotated[str, Query(description="Quantiles besides the median: all, or 0.1,0.9")] = "",
    ) -> Any:
        """The newest forecast: medians, the probability of at least 1 mm, quantiles, and the verified skill."""
        return api.forecast(places, daily, quantiles, units)


def _add_lake(router: APIRouter, api: Api) -> None:
    @router.get("/sites", tags=["Lake"], summary="Every site")
    def sites() -> Any:
        """All sites with the days that the lake has of them, and their newest forecast."""
        return api.sites()

    @router.get("/normals", tags=["Lake"], summary="What is normal at a site")
    def normals(site_id: str, variable: str = NORMALS_VARIABLE) -> Any:
        """Normals by day of the year, 1 to 366 as in a leap year."""
        return api.normals(site_id, variable)

    @router.get("/scores", tags=["Lake"], summary="How good the forecasts are")
    def scores() -> Any:
        """Skill against climatology by variable and lead, measured on days that were held back from training."""
        return api.scores()

    @router.get("/model-card", tags=["Lake"], summary="What the forecasts are and what they are worth")
    def model_card() -> Any:
        """How the forecasts are made, and their skill as measured by kind, variable, region and lead."""
        return api.model_card()


def _add_health(app: FastAPI, api: Api) -> None:
    @app.get("/healthz", tags=["Lake"], summary="Whether the lake can be served", responses=_REFUSALS)
    def healthz() -> Any:
        """How fresh the lake is; 503 with the reason while it cannot be served."""
        return api.health()


def _add_pages(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def index() -> FileResponse:
        return FileResponse(_PAGES / "index.html")


def _add_errors(app: FastAPI) -> None:
    """Every error in Open-Meteo's form."""

    @app.exception_handler(NotAllowed)
    def not_allowed(request: Request, error: NotAllowed) -> JSONResponse:
        if isinstance(error, QuotaSpent):
            return _error(429, str(error))
        return _error(403 if isinstance(error, OutOfScope) else 401, str(error))

    @app.exception_handler(MeteolakeError)
    def refused(request: Request, error: MeteolakeError) -> JSONResponse:
        return _error(status(error), str(error))

    @app.exception_handler(RequestValidationError)
    def wrong(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return _error(400, f"Parameter '{first['loc'][-1]}': {first['msg']}")

    @app.exception_handler(HTTPException)
    def failed(request: Request, error: HTTPException) -> Response:
        return _error(error.status_code, str(error.detail))


def _error(code: int, reason: str) -> JSONResponse:
    return JSONResponse(refusal(reason), code)

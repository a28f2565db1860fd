"""A stand-in for Open-Meteo: an ASGI app that answers like the real service, from any weather source."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from meteolake.simulate.answer import write_answer
from meteolake.simulate.decoding import Parameters, Refusal
from meteolake.simulate.demo_sites import DEMO_SITES
from meteolake.simulate.faults import Faults
from meteolake.simulate.geocoding import search
from meteolake.simulate.limits import MOST_LOCATIONS, Limits, weight
from meteolake.simulate.query import ARCHIVE, FORECAST, MODELS, Product, read_query
from meteolake.simulate.weather import Weather
from meteolake.sites import Site

_LARGEST_BODY = 128 * 1024
_SECONDS_PER_HOUR = 3600
# What a request costs that is refused after its turn came.
_REFUSED_WEIGHT = 1.0


def utc_today() -> date:
    """The present day in UTC."""
    return datetime.now(UTC).date()


def archive_app(
    weather: Weather,
    *,
    today: Callable[[], date] = utc_today,
    delay_days: int = 5,
    limits: Limits | None = None,
    faults: Faults | None = None,
    sites: Sequence[Site] = (),
) -> ASGIApp:
    """Open-Meteo's archive, forecast, geocoding search and availability feed over a weather source.

    Args:
        weather: where the values come from.
        today: tells the present day in UTC.
        delay_days: how many days the archive lags behind; the days since then are null.
        limits: the limits to keep; none, as on a self-hosted service, if left out.
        faults: the misbehaviour to show; none if left out.
        sites: places that the geocoding search knows besides the built-in ones.
    """
    service = _Service(weather, today, delay_days, limits, (*sites, *DEMO_SITES))
    app: ASGIApp = Starlette(
        routes=[
            Route("/v1/archive", service.archive, methods=["GET", "POST"]),
            Route("/v1/forecast", service.forecast, methods=["GET", "POST"]),
            Route("/v1/search", service.search),
            Route("/data/{model}/static/meta.json", service.availability),
        ],
        exception_handlers={Refusal: _refused, HTTPException: _not_found},
        middleware=[Middleware(GZipMiddleware, minimum_size=1000, compresslevel=3)],
    )
    return faults.around(app) if faults else app


@dataclass(frozen=True)
class _Service:
    """The endpoints over one weather source."""

    weather: Weather
    today: Callable[[], date]
    delay_days: int
    limits: Limits | None
    sites: tuple[Site, ...]

    async def archive(self, request: Request) -> Response:
        """Daily history up to today, null for the days that are not there yet."""
        return await self._limited(request, ARCHIVE, self.today() - timedelta(days=self.delay_days))

    async def forecast(self, request: Request) -> Response:
        """Daily values of the last months and the days ahead; the simulated forecast is never wrong."""
        return await self._limited(request, FORECAST, self.today() + timedelta(days=FORECAST.latest_days + 1))

    async def search(self, request: Request) -> Response:
        """Places by name."""
        return JSONResponse(search(_listed(request.query_params.multi_items()), self.sites))

    async def availability(self, request: Request) -> Response:
        """Until when a model's data is there; the real feed names models after their source."""
        model = request.path_params["model"].removeprefix("copernicus_")
        if model not in MODELS:
            raise HTTPException(404)
        end = datetime.combine(self.today() - timedelta(days=self.delay_days - 1), time(0), UTC)
        arrived = int(datetime.combine(self.today(), time(0), UTC).timestamp())
        return JSONResponse(
            {
                "chunk_time_length": 504,
                "crs_wkt": "",
                "data_end_time": int(end.timestamp()),
                "last_run_availability_time": arrived,
                "last_run_initialisation_time": int(end.timestamp()) - 24 * _SECONDS_PER_HOUR,
                "last_run_modification_time": arrived,
                "temporal_resolution_seconds": _SECONDS_PER_HOUR,
                "update_interval_seconds": 24 * _SECONDS_PER_HOUR,
            }
        )

    async def _limited(self, request: Request, product: Product, complete_until: date) -> Response:
        """The answer, within the client's limits if there are any."""
        if self.limits is None:
            return _json(await self._answer(request, product, complete_until))
        client = request.client.host if request.client else ""
        async with self.limits.turn(client):
            charge = _REFUSED_WEIGHT
            try:
                query = read_query(await _parameters(request), product, self.today(), most_locations=MOST_LOCATIONS)
                self.limits.check(query)
                text = await run_in_threadpool(write_answer, query, self.weather, complete_until)
                charge = weight(query)
            finally:
                self.limits.charge(client, charge)
        return _json(text)

    async def _answer(self, request: Request, product: Product, complete_until: date) -> str:
        query = read_query(await _parameters(request), product, self.today())
        return await run_in_threadpool(write_answer, query, self.weather, complete_until)


async def _parameters(request: Request) -> Parameters:
    """The parameters of a GET's URL or of a POST's form or JSON body.

    Raises:
        Refusal: the body is too large or no JSON object.
    """
    if request.method == "GET":
        return _listed(request.query_params.multi_items())
    body = await request.body()
    if len(body) > _LARGEST_BODY:
        raise Refusal("Payload Too Large", 413)
    if request.headers.get("content-type", "").startswith("application/json"):
        return _from_json(body)
    return _listed(parse_qsl(body.decode(errors="replace")))


def _listed(pairs: Sequence[tuple[str, str]]) -> Parameters:
    """Values by key; a key may come several times, or with brackets as in PHP."""
    listed: dict[str, list[str]] = {}
    for key, value in pairs:
        listed.setdefault(key.removesuffix("[]"), []).append(value)
    return listed


def _from_json(body: bytes) -> Parameters:
    """Parameters from a JSON object whose values are texts, numbers or lists of them."""
    try:
        content: dict[str, Any] = dict(json.loads(body))
    except (ValueError, TypeError) as error:
        raise Refusal("Data corrupted at path ''. The given data was not valid JSON.") from error
    return {
        key: [str(item) for item in (value if isinstance(value, list) else [value])] for key, value in content.items()
    }


def _json(text: str) -> Response:
    return Response(text, media_type="application/json; charset=utf-8")


async def _refused(request: Request, error: Exception) -> Response:
    """An error as the real service writes it; the order of its keys is not stable there either."""
    status, reason = (error.status, error.reason) if isinstance(error, Refusal) else (500, "Something went wrong.")
    body = {"error": True, "reason": reason}
    return JSONResponse(body if len(reason) % 2 else dict(reversed(body.items())), status)


async def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    reason = error.detail if isinstance(error, HTTPException) else "Something went wrong."
    return JSONResponse({"error": True, "reason": reason}, status)

"""The free service's limits: weights, fixed windows and the queue."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.types import ASGIApp

from meteolake.simulate.decoding import Refusal
from meteolake.simulate.limits import Limits, hastened, weight
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.query import ARCHIVE, Query, read_query
from meteolake.simulate.weather import GeneratedWeather

NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def query(*, sites: int = 1, days: int, variables: int) -> Query:
    last = datetime(1995, 1, 1, tzinfo=UTC).date() + timedelta(days=days - 1)
    return read_query(
        {
            "latitude": ["1"] * sites,
            "longitude": ["2"] * sites,
            "daily": ["temperature_2m_max"] * variables,
            "start_date": ["1995-01-01"],
            "end_date": [last.isoformat()],
        },
        ARCHIVE,
        NOON.date(),
    )


@pytest.mark.parametrize(
    ("sites", "days", "variables", "expected"),
    [
        (1, 7671, 1, 54.79286),
        (2, 31, 15, 6.6428566),
        (2, 31, 1, 2.0),
        (1, 10_958, 10, 782.71),
        (100, 365, 4, 1042.86),
        (100, 14, 10, 100),
    ],
)
def test_weights_are_those_of_the_real_services_tests(sites: int, days: int, variables: int, expected: float) -> None:
    assert weight(query(sites=sites, days=days, variables=variables)) == pytest.approx(expected, rel=1e-5)


def limited(clock: Clock, **allowed: float) -> ASGIApp:
    return archive_app(GeneratedWeather(1), today=lambda: NOON.date(), limits=Limits(clock, **allowed))


def ask(client: httpx.AsyncClient, **parameters: str) -> "asyncio.Task[httpx.Response]":
    """One request of weight 1 unless the parameters say otherwise."""
    given = {"latitude": "1", "longitude": "2", "daily": "temperature_2m_max", **parameters}
    return asyncio.create_task(client.get("/v1/archive", params=given))


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def test_the_request_that_crosses_a_limit_still_succeeds_and_the_window_is_fixed() -> None:
    async def scenario() -> list[int]:
        clock = Clock()
        async with client_of(limited(clock, minute=2)) as client:
            statuses = [(await ask(client)).status_code for _ in range(3)]
            clock.now += timedelta(seconds=59)
            statuses.append((await ask(client)).status_code)
            clock.now += timedelta(seconds=1)
            statuses.append((await ask(client)).status_code)
        return statuses

    assert asyncio.run(scenario()) == [200, 200, 429, 429, 200]


@pytest.mark.parametrize(
    ("window", "span", "words"),
    [
        ("minute", timedelta(minutes=1), "Minutely API request limit exceeded. Please try again in one minute."),
        ("hour", timedelta(hours=1), "Hourly API request limit exceeded. Please try again in the next hour."),
        ("day", timedelta(days=1), "Daily API request limit exceeded. Please try again tomorrow."),
    ],
)
def test_each_limit_has_its_words_and_ends_with_its_window(window: str, span: timedelta, words: str) -> None:
    clock = Clock()
    limits = Limits(clock, **{window: 1})

    async def turn() -> None:
        async with limits.turn("me"):
            pass

    limits.charge("me", 1)
    with pytest.raises(Refusal, match=words):
        asyncio.run(turn())
    clock.now += span
    asyncio.run(turn())


def test_a_refused_request_costs_one_and_a_refusal_for_a_limit_nothing() -> None:
    async def scenario() -> list[int]:
        async with client_of(limited(Clock(), minute=3)) as client:
            bad = [(await ask(client, latitude="91")).status_code for _ in range(3)]
            return [*bad, (await ask(client)).status_code]

    assert asyncio.run(scenario()) == [400, 400, 400, 429]


def test_one_request_may_not_cost_more_than_an_hour() -> None:
    async def scenario() -> httpx.Response:
        async with client_of(limited(Clock(), hour=700)) as client:
            thirty_years = {"start_date": "1995-01-01", "end_date": "2024-12-31"}
            return await ask(client, daily=",".join(["temperature_2m_max"] * 10), **thirty_years)

    assert asyncio.run(scenario()).json()["reason"].startswith("Your API call requests too much data. Please reduce")


def test_more_than_a_thousand_locations_are_too_many() -> None:
    async def scenario() -> httpx.Response:
        async with client_of(limited(Clock())) as client:
            return await ask(client, latitude=",".join(["1"] * 1001), longitude=",".join(["1"] * 1001))

    assert asyncio.run(scenario()).json()["reason"] == "Only up to 1000 locations can be requested at once"


def test_of_many_requests_at_once_five_are_served_in_turn() -> None:
    async def scenario() -> list[httpx.Response]:
        async with client_of(limited(Clock())) as client:
            return await asyncio.gather(*(ask(client) for _ in range(8)))

    answers = asyncio.run(scenario())
    assert sorted(each.status_code for each in answers) == [200] * 5 + [429] * 3
    assert {each.json()["reason"] for each in answers if each.status_code == 429} == {"Too many concurrent requests"}


def test_a_hastened_clock_runs_faster() -> None:
    clock = Clock()
    fast = hastened(60, clock)
    clock.now += timedelta(seconds=2)
    assert fast() == NOON + timedelta(minutes=2)

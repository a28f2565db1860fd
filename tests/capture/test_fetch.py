"""What is asked of the archive, and what comes of a good answer."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import date

import httpx
import pytest
from tests.capture.fetching import (
    NAMES,
    Archive,
    Run,
    location,
    refusal,
    requests,
    text,
    windows,
)

from meteolake.capture.budget import Budget
from meteolake.capture.fetch import Payload, fetch
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.capture.packing import ArchiveRequest, pack
from meteolake.capture.plan import Window
from meteolake.sites import Site
from meteolake.variables import VARIABLES


def test_each_location_becomes_a_payload_with_its_exact_text() -> None:
    archive = Archive()
    run = Run(archive).of(requests(3))
    assert run.error is None
    assert run.sites == ["s0", "s1", "s2"]
    assert [payload.body for payload in run.payloads] == [location(archive.requests[0], n) for n in range(3)]
    assert run.payloads[0].complete_until == date(2026, 11, 19)
    assert (run.counts.requests, run.counts.weight, run.counts.refused) == (1, 3.0, [])


def test_a_payload_tells_the_request_for_its_site_alone() -> None:
    run = Run(Archive()).of(requests(2))
    assert run.payloads[1].request == {
        "latitude": "0.01",
        "longitude": "10",
        "start_date": "2026-11-06",
        "end_date": "2026-11-19",
        "timezone": "GMT",
        "daily": ",".join(NAMES),
        "models": "era5",
        "cell_selection": "land",
        "temperature_unit": "celsius",
        "wind_speed_unit": "kmh",
        "precipitation_unit": "mm",
    }


def test_locations_are_matched_by_location_id_when_the_server_changes_their_order() -> None:
    asked = requests(3)

    def shuffled(request: httpx.Request) -> httpx.Response:
        query = {key: value.split(",") for key, value in request.url.params.items()}
        return text("[" + ",".join(location(query, n) for n in (2, 0, 1)) + "]")

    run = Run(shuffled).of(asked)
    assert [json.loads(payload.body)["latitude"] for payload in run.payloads] == [0, 0.01, 0.02]


@pytest.mark.parametrize(
    ("offset", "zone", "seconds"), [(10, "Etc/GMT-10", 36000), (-5, "Etc/GMT+5", -18000), (0, "GMT", 0)]
)
def test_days_follow_the_fixed_offset_of_the_site(offset: int, zone: str, seconds: int) -> None:
    archive = Archive()
    run = Run(archive).of(pack(windows(1, utc_offset_hours=offset), NAMES))
    assert archive.requests[0]["timezone"] == [zone]
    assert json.loads(run.payloads[0].body)["utc_offset_seconds"] == seconds


def test_an_answer_in_another_offset_is_refused() -> None:
    archive = Archive()
    run = Run(lambda request: text(archive(request).text.replace('seconds":0', 'seconds":3600'))).of(requests(1))
    assert run.payloads == []
    assert "3600 s, not 0 h" in run.counts.refused[0].reason


def test_small_requests_are_get_and_long_ones_post() -> None:
    archive = Archive()
    run = Run(archive).of([*requests(3), *requests(400)])
    assert [request.method for request in archive.sent] == ["GET", "POST"]
    assert len(run.payloads) == 403


def test_a_thousand_locations_stay_below_the_body_limit() -> None:
    archive = Archive()
    places = [
        Window(Site(f"s{n}", "", -33.12345, -151.12345, 1234.5, -10), date(1995, 1, 1), date(1995, 1, 14))
        for n in range(1000)
    ]
    Run(archive, OpenMeteo(url="http://localhost:8080")).of([ArchiveRequest(tuple(places), tuple(VARIABLES))])
    assert len(archive.sent[0].content) < 128_000


def test_the_api_key_shows_nowhere() -> None:
    key = "SECRET-KEY"
    settings = OpenMeteo(api_key=key)
    archive = Archive([text("<html>502</html>", 502), refusal(400, f"Strange key {key}")])
    run = Run(archive, settings).of(requests(1))
    assert archive.sent[0].headers["x-api-key"] == key
    assert archive.sent[0].url.host == "customer-archive-api.open-meteo.com"
    shown = [repr(settings), str(run.error), repr(run.counts), repr(run.payloads), str(archive.sent[0].url)]
    assert not any(key in words for words in shown)


def test_the_free_service_gets_one_request_at_a_time_and_others_as_many_as_configured() -> None:
    assert most_in_flight(OpenMeteo(concurrency=4)) == 1
    assert most_in_flight(OpenMeteo(url="http://localhost:1", concurrency=4)) == 4


def most_in_flight(settings: OpenMeteo) -> int:
    archive, running, most = Archive(), 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return archive(request)

    run = Run(answer, settings)  # type: ignore[arg-type]
    assert len(run.of([part for request in requests(8) for part in request.halves()] * 5).payloads) == 40
    return most


def test_a_consumer_may_stop_early() -> None:
    async def first() -> Payload:
        async with aclosing(
            fetch(requests(3), OpenMeteo(), Budget(), transport=httpx.MockTransport(Archive()))
        ) as stream:
            return await anext(stream)

    assert asyncio.run(first()).site_id == "s0"


def test_the_answers_that_are_in_flight_when_one_fails_are_kept() -> None:
    asked = requests(2)[0].halves()
    archive = Archive([refusal(401, "API key required.")])
    run = Run(archive, OpenMeteo(url="http://localhost:1", concurrency=2)).of(asked)
    assert "API key required" in str(run.error)
    assert run.sites == ["s1"]


def test_sites_with_and_without_elevation_do_not_share_a_request() -> None:
    archive = Archive()
    mixed = [
        replace(each, site=replace(each.site, elevation_m=40.0)) if n % 2 else each for n, each in enumerate(windows(4))
    ]
    Run(archive).of(pack(mixed, NAMES))
    assert [request.get("elevation") for request in archive.requests] == [["40", "40"], None]

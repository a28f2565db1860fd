"""Misbehaviour on purpose: each kind does what it says, at its rate, on the same requests for a seed."""

from collections.abc import Callable
from datetime import date

import httpx
import pytest

from meteolake.errors import ConfigError
from meteolake.simulate.faults import KINDS, Faults, read_faults
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather

QUERY = "daily=temperature_2m_max,precipitation_sum&start_date=2020-01-01&end_date=2020-01-03"
TWO = f"/v1/archive?latitude=1,2&longitude=2,3&{QUERY}"
ONE = f"/v1/archive?latitude=1&longitude=2&{QUERY}"


class Sleeps:
    """Remembers how long it was asked to sleep, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def faulty(kind: str, path: str = TWO, sleep: Sleeps | None = None) -> httpx.Response:
    faults = Faults({kind: 1.0}, slow_seconds=10, sleep=sleep or Sleeps())
    with running(archive_app(GeneratedWeather(1), today=lambda: date(2026, 11, 23), faults=faults)) as url:
        return httpx.get(url + path)


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("429-minute", 429, "Minutely"),
        ("429-hour", 429, "Hourly"),
        ("429-day", 429, "Daily"),
        ("429-concurrent", 429, "Too many concurrent requests"),
        ("500", 500, "Something went wrong."),
        ("503", 503, "The service is overloaded"),
    ],
)
def test_refusals_are_json(kind: str, status: int, words: str) -> None:
    response = faulty(kind)
    assert response.status_code == status
    assert words in response.json()["reason"]


@pytest.mark.parametrize(("kind", "status"), [("502", 502), ("504", 504), ("html", 200)])
def test_the_proxy_answers_html(kind: str, status: int) -> None:
    response = faulty(kind)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "<center>nginx</center>" in response.text


@pytest.mark.parametrize("kind", ["cut-body", "reset"])
def test_a_broken_transfer_is_a_transport_error(kind: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        faulty(kind)


def test_an_error_inside_a_200_leaves_no_json() -> None:
    several, single = faulty("error-in-body"), faulty("error-in-body", ONE)
    assert (several.status_code, single.status_code) == (200, 200)
    assert several.text.startswith("[{")
    assert several.text.endswith("Unexpected error while streaming data: timeoutReached")
    assert single.text == "Unexpected error while streaming data: timeoutReached"


def test_gzip_garbage_cannot_be_unpacked() -> None:
    with pytest.raises(httpx.DecodingError):
        faulty("gzip-garbage")


def test_an_empty_200_is_empty() -> None:
    assert faulty("empty").content == b""


@pytest.mark.parametrize(
    ("kind", "is_shown"),
    [
        ("wrong-length", lambda answers: len(answers[-1]["daily"]["temperature_2m_max"]) == 2),
        ("missing-variable", lambda answers: list(answers[-1]["daily"]) == ["time", "temperature_2m_max"]),
        ("duplicate-location", lambda answers: answers[0] == answers[1]),
        ("reorder-locations", lambda answers: answers[0]["location_id"] == 1),
    ],
)
def test_content_is_changed(kind: str, is_shown: Callable[[list[dict[str, object]]], bool]) -> None:
    answers = faulty(kind).json()
    assert len(answers) == 2
    assert is_shown(answers)


@pytest.mark.parametrize("kind", ["slow-start", "slow-body"])
def test_a_slow_answer_is_whole(kind: str) -> None:
    sleep = Sleeps()
    assert len(faulty(kind, sleep=sleep).json()) == 2
    assert 9 < sum(sleep.seconds) <= 10


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("reset", "gzip-garbage", "cut-body")])
def test_every_kind_survives_a_single_location_and_a_refused_request(kind: str) -> None:
    app = archive_app(GeneratedWeather(1), faults=Faults({kind: 1.0}, sleep=Sleeps()))
    with running(app) as url:
        statuses = [httpx.get(url + path).status_code for path in (ONE, "/v1/archive?latitude=91&longitude=0")]
    assert (500 in statuses) == (kind == "500")


def test_the_seed_fixes_which_requests_are_hit_and_the_rates_how_many() -> None:
    def shown(seed: int) -> list[int]:
        faults = Faults({"502": 0.2, "500": 0.1}, seed)
        app = archive_app(GeneratedWeather(1), faults=faults)
        with running(app) as url, httpx.Client(base_url=url) as client:
            return [client.get("/v1/archive").status_code for _ in range(100)]

    statuses = shown(1)
    assert statuses == shown(1) != shown(2)
    assert 8 < statuses.count(502) < 35
    assert 2 < statuses.count(500) < 22


def test_other_endpoints_behave() -> None:
    assert faulty("502", "/v1/search?name=berlin").status_code == 200


def test_a_plan_is_read_from_its_text() -> None:
    assert read_faults("502=0.1, reset=0.05", seed=3) == Faults({"502": 0.1, "reset": 0.05}, 3)
    assert sum(read_faults("all=0.4").rates.values()) == pytest.approx(0.4)
    assert set(read_faults("all=0.4").rates) == set(KINDS)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("rain=0.1", "There is no fault 'rain': choose among"),
        ("502", "is not understood"),
        ("502=x", "is not understood"),
        ("502=1.5", "must lie between 0 and 1"),
        ("502=0.6,500=0.6", "sum to 1.2"),
    ],
)
def test_a_wrong_plan_is_refused(spec: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_faults(spec)

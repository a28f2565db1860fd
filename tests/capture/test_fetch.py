import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from meteolake.capture.budget import Budget
from meteolake.capture.events import CaptureCounts
from meteolake.capture.fetch import Payload, fetch
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.capture.packing import ArchiveRequest, pack
from meteolake.capture.plan import Window
from meteolake.errors import BudgetSpent, MeteolakeError, SourceError, SourceUnavailable
from meteolake.sites import Site
from meteolake.variables import VARIABLES

NAMES = ("temperature_2m_max", "temperature_2m_min", "temperature_2m_mean", "precipitation_sum")
MINUTELY = "Minutely API request limit exceeded. Please try again in one minute."
HOURLY = "Hourly API request limit exceeded. Please try again in the next hour."
DAILY = "Daily API request limit exceeded. Please try again tomorrow."
Answer = Callable[[httpx.Request], httpx.Response]


class FakeTime:
    """A clock that only `sleep` moves."""

    def __init__(self, now: str = "2026-11-20T10:20:30+00:00") -> None:
        self.now = datetime.fromisoformat(now)
        self.slept: list[float] = []

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Archive:
    """A small archive: well-behaved answers, except where `faults` has one for the n-th request."""

    def __init__(self, faults: Iterable[httpx.Response | Exception | None] = (), broken: tuple[str, ...] = ()) -> None:
        self.faults = list(faults)
        self.broken = broken
        self.requests: list[dict[str, list[str]]] = []
        self.sent: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        query = httpx.QueryParams(request.content.decode()) if request.method == "POST" else request.url.params
        asked = {key: value.split(",") for key, value in query.items()}
        self.requests.append(asked)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        return fault or self.answer(asked)

    def answer(self, asked: dict[str, list[str]]) -> httpx.Response:
        if not set(self.broken).isdisjoint(asked["latitude"]):
            return refusal(400, "No data is available for this location")
        places = [location(asked, index) for index in range(len(asked["latitude"]))]
        return text(f"[{','.join(places)}]" if len(places) > 1 else places[0])


def location(asked: dict[str, list[str]], index: int) -> str:
    first, last = (date.fromisoformat(asked[key][index]) for key in ("start_date", "end_date"))
    days = [(first + timedelta(days=day)).isoformat() for day in range((last - first).days + 1)]
    offset = -int(asked["timezone"][index].removeprefix("Etc/GMT").removeprefix("GMT") or 0) * 3600
    values = ",".join(f'"{name}":[{",".join(["-0.0"] * len(days))}]' for name in asked["daily"])
    units = {"time": "iso8601"} | {name: VARIABLES[name].unit for name in asked["daily"]}
    location_id = f'"location_id":{index},' if index else ""
    return (
        f'{{"latitude":{asked["latitude"][index]},"longitude":1.250000,"utc_offset_seconds":{offset},{location_id}'
        f'"daily_units":{json.dumps(units, ensure_ascii=False)},"daily":{{"time":{json.dumps(days)},{values}}}}}'
    )


def text(body: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=body.encode(), headers={"content-type": "application/json; charset=utf-8"})


def refusal(status: int, reason: str) -> httpx.Response:
    return httpx.Response(status, json={"reason": reason, "error": True})


def windows(count: int, days: int = 14, **site: float) -> list[Window]:
    last = date(2026, 11, 19)
    return [
        Window(Site(f"s{n}", f"Site {n}", n * 0.01, 10.0, **site), last - timedelta(days=days - 1), last)  # type: ignore[arg-type]
        for n in range(count)
    ]


def requests(count: int, days: int = 14) -> list[ArchiveRequest]:
    return pack(windows(count, days), NAMES)


class Run:
    """What came out of a fetch: payloads, counts, and the error that ended it."""

    def __init__(self, archive: Answer, settings: OpenMeteo | None = None, budget: Budget | None = None) -> None:
        self.archive = archive
        self.settings = settings or OpenMeteo()
        self.budget = budget or self.settings.budget()
        self.time = FakeTime()
        self.counts = CaptureCounts()
        self.payloads: list[Payload] = []
        self.error: MeteolakeError | None = None

    def of(self, asked: Sequence[ArchiveRequest]) -> "Run":
        try:
            asyncio.run(self._collect(asked))
        except MeteolakeError as error:
            self.error = error
        return self

    async def _collect(self, asked: Sequence[ArchiveRequest]) -> None:
        transport = httpx.MockTransport(self.archive)
        stream = fetch(
            asked,
            self.settings,
            self.budget,
            transport=transport,
            clock=self.time.clock,
            sleep=self.time.sleep,
            on_event=self.counts.add,
        )
        async with aclosing(stream) as payloads:
            async for payload in payloads:
                self.payloads.append(payload)

    @property
    def sites(self) -> list[str]:
        return sorted(payload.site_id for payload in self.payloads)


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


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset by peer"),
        httpx.RemoteProtocolError("peer closed connection"),
        text("<html><h1>502 Bad Gateway</h1></html>", 502),
        text("<html><h1>504 Gateway Time-out</h1></html>", 504),
        refusal(503, "The service is overloaded"),
        refusal(500, "Something went wrong."),
        refusal(408, "Request Timeout"),
        text(""),
        text("<html>maintenance</html>"),
        text('[{"latitude":1.0},{"latitude":2.0,Unexpected error while streaming data: timeoutReached'),
        text("Unexpected error while streaming data: timeoutReached"),
        text('{"error":true,"reason":"late"}'),
        text('[{"latitude":1.0}]'),
        text("[{},{},{}"),
        text("[{},{},{}]]"),
        text("[1,2,3]"),
        httpx.Response(200, content=b"\xff\xfe"),
        refusal(429, "Too many concurrent requests"),
        refusal(429, MINUTELY),
    ],
    ids=lambda fault: (
        repr(fault)[:40]
        + (fault.text[:30] if isinstance(fault, httpx.Response) and fault.content[:1] != b"\xff" else "")
    ),
)
def test_a_passing_fault_is_retried_and_loses_nothing(fault: httpx.Response | Exception) -> None:
    run = Run(Archive([fault])).of(requests(3))
    assert run.error is None
    assert run.sites == ["s0", "s1", "s2"]
    assert run.counts.retries == 1
    assert run.time.slept


def test_a_site_without_data_is_found_and_the_others_go_on() -> None:
    run = Run(Archive(broken=("0.13",))).of(requests(40))
    assert run.error is None
    assert len(run.payloads) == 39
    assert [(each.site_id, "No data is available" in each.reason) for each in run.counts.refused] == [("s13", True)]
    assert run.counts.retries == 0


def test_several_bad_neighbours_do_not_stop_the_others() -> None:
    run = Run(Archive(broken=("0", "0.01", "0.02", "0.03"))).of(requests(9))
    assert run.error is None
    assert run.sites == ["s4", "s5", "s6", "s7", "s8"]
    assert {each.site_id for each in run.counts.refused} == {"s0", "s1", "s2", "s3"}


@pytest.mark.parametrize(
    ("fault", "weight"),
    [
        (refusal(429, MINUTELY), 0),
        (refusal(503, "The service is overloaded"), 0),
        (text("cut"), 30),
        (text("<html>", 502), 30),
        (httpx.ReadTimeout("slow"), 30),
        (httpx.ConnectTimeout("slow"), 0),
    ],
    ids=["429", "503", "cut", "502", "read", "connect"],
)
def test_a_failure_costs_what_the_service_may_have_billed(fault: httpx.Response | Exception, weight: float) -> None:
    run = Run(Archive([fault])).of(requests(30))
    assert run.counts.weight == weight + 30
    assert run.budget.left(run.time.now)["day"] == 8000 - weight - 30


def test_a_site_that_breaks_every_answer_is_found_and_the_others_go_on() -> None:
    archive = Archive()

    def poisoned(request: httpx.Request) -> httpx.Response:
        good = archive(request)
        return text("[{Unexpected error while streaming data") if "0.05" in archive.requests[-1]["latitude"] else good

    run = Run(poisoned, OpenMeteo(url="http://localhost:1")).of(requests(16))
    assert run.error is None
    assert len(run.payloads) == 15
    assert [each.site_id for each in run.counts.refused] == ["s5"]


def test_a_poisoned_batch_is_taken_apart_within_one_hours_budget() -> None:
    archive = Archive()

    def poisoned(request: httpx.Request) -> httpx.Response:
        good = archive(request)
        return text("[{Unexpected error while streaming data") if "4" in archive.requests[-1]["latitude"] else good

    run = Run(poisoned).of(requests(480))
    assert run.error is None
    assert len(run.payloads) == 479
    assert [each.site_id for each in run.counts.refused] == ["s400"]
    assert run.counts.weight < 4000


def test_a_bare_nan_refuses_its_location_only() -> None:
    archive = Archive()
    run = Run(lambda request: text(archive(request).text.replace('"latitude":0.01', '"latitude":nan'))).of(requests(3))
    assert run.sites == ["s0", "s2"]
    assert [each.site_id for each in run.counts.refused] == ["s1"]


@pytest.mark.parametrize(
    ("original", "replacement", "reason"),
    [
        ('"precipitation_sum": "mm"', '"precipitation_sum": "undefined"', "the model has no precipitation_sum"),
        ('"precipitation_sum": "mm"', '"precipitation_sum": "inch"', "in 'inch' instead of 'mm'"),
        ('"precipitation_sum":[', '"rain_sum":[', "lacks precipitation_sum"),
        ('"precipitation_sum":[-0.0,', '"precipitation_sum":[', "lacks precipitation_sum"),
        ('"precipitation_sum":[-0.0,', '"precipitation_sum":["wet",', "something else than numbers"),
        ('"2026-11-06"', '"2026-11-05"', "days are not 2026-11-06 to 2026-11-19"),
    ],
)
def test_an_answer_that_is_not_what_was_asked_is_refused(original: str, replacement: str, reason: str) -> None:
    archive = Archive()

    def wrong(request: httpx.Request) -> httpx.Response:
        head, second, tail = archive(request).text.partition('"location_id":1')
        is_of_s0 = request.url.params["latitude"].startswith("0,") or request.url.params["latitude"] == "0"
        return text((head.replace(original, replacement) if is_of_s0 else head) + second + tail)

    run = Run(wrong).of(requests(2))
    assert run.sites == ["s1"]
    assert [each.site_id for each in run.counts.refused] == ["s0"]
    assert reason in run.counts.refused[0].reason


def test_an_answer_that_lacks_days_is_asked_for_again() -> None:
    archive, answers = Archive(), iter(['"precipitation_sum":['])

    def once_wrong(request: httpx.Request) -> httpx.Response:
        return text(
            archive(request).text.replace(
                '"precipitation_sum":[-0.0,', next(answers, "") or '"precipitation_sum":[-0.0,'
            )
        )

    run = Run(once_wrong).of(requests(2))
    assert run.sites == ["s0", "s1"]
    assert (run.counts.requests, run.counts.retries) == (2, 1)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "Data corrupted at path ''. Cannot initialize MultiDomains from invalid String value foo."),
        (400, "The supplied API key is invalid."),
        (400, "Parameter 'end_date' is out of allowed range from 1940-01-01 to 2026-11-18"),
        (401, "API key required. Please add &apikey= to the URL."),
        (403, "This API endpoint requires the API Professional or Enterprise plan"),
        (404, "Not Found"),
        (303, "See Other"),
    ],
)
def test_a_refusal_of_every_request_ends_at_once_with_the_services_words(status: int, reason: str) -> None:
    archive = Archive([refusal(status, reason)])
    run = Run(archive).of(requests(40))
    assert reason in str(run.error)
    assert not isinstance(run.error, SourceUnavailable)
    assert len(archive.sent) == 1


def test_unknown_refusals_of_everything_end_after_some_halving() -> None:
    run = Run(lambda _: refusal(400, "We are closed.")).of(requests(400))
    assert type(run.error) is not SourceUnavailable
    assert "We are closed." in str(run.error)
    assert run.counts.requests < 20


def test_sites_that_all_answer_nonsense_end_the_capture() -> None:
    archive = Archive()
    run = Run(lambda request: text(archive(request).text.replace('sum": "mm"', 'sum": "undefined"')))
    run.of([part for part in requests(20)[0].halves() for part in part.halves() for part in part.halves()] * 3)
    assert type(run.error) is SourceError
    assert "the model has no precipitation_sum" in str(run.error)


def test_without_a_network_one_clear_sentence_ends_the_capture() -> None:
    def unreachable(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Name or service not known")

    run = Run(unreachable).of(requests(40))
    assert isinstance(run.error, SourceUnavailable)
    assert "Cannot connect to archive-api.open-meteo.com (Name or service not known)" in str(run.error)
    assert run.counts.retries == 3
    assert run.counts.weight == 0


def test_an_outage_ends_the_capture_after_some_patience() -> None:
    run = Run(lambda _: text("<html>502</html>", 502), OpenMeteo(url="http://localhost:1")).of(requests(400))
    assert isinstance(run.error, SourceUnavailable)
    assert "answered 502" in str(run.error)
    assert run.counts.requests == 12
    assert run.counts.refused == []


def test_a_limit_that_never_lifts_is_no_sites_fault() -> None:
    run = Run(lambda _: refusal(429, MINUTELY)).of(requests(1))
    assert isinstance(run.error, SourceUnavailable)
    assert MINUTELY in str(run.error)
    assert run.counts.refused == []


@pytest.mark.parametrize(("reason", "resume"), [(HOURLY, "11:00"), ("Slow down, please", "11:00"), (DAILY, "00:00")])
def test_a_long_limit_ends_cleanly_and_says_when_to_go_on(reason: str, resume: str) -> None:
    archive = Archive([None, refusal(429, reason)])
    halves = requests(4)[0].halves()
    run = Run(archive).of(halves)
    assert isinstance(run.error, BudgetSpent)
    assert reason in str(run.error)
    assert f"{resume}:0" in str(run.error)
    assert len(run.payloads) == 2
    assert len(archive.sent) == 2
    assert run.counts.resume_at is not None
    again = Run(Archive(), budget=Budget.from_dict(json.loads(json.dumps(run.budget.to_dict()))))
    assert isinstance(again.of(halves).error, BudgetSpent)
    assert again.counts.requests == 0


def test_a_patient_capture_waits_out_the_hour() -> None:
    run = Run(Archive([refusal(429, HOURLY)]), OpenMeteo(is_patient=True)).of(requests(2))
    assert run.error is None
    assert run.time.now >= datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def test_a_full_minute_is_waited_out_before_the_next_request() -> None:
    run = Run(Archive()).of(pack(windows(6, days=4000), NAMES))
    assert run.error is None
    assert run.counts.requests == 2
    assert run.counts.waits == 1
    assert run.time.now >= datetime(2026, 11, 20, 10, 21, 5, tzinfo=UTC)


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

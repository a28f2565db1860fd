"""Answers that fail: what passes is asked for again, a site that breaks them is found, the others go on."""

import httpx
import pytest
from tests.capture.fetching import MINUTELY, Archive, Run, refusal, requests, text

from meteolake.capture.open_meteo import OpenMeteo


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

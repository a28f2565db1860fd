"""What ends a capture, and what is told: refusals of everything, outages, spent budgets."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from tests.capture.fetching import DAILY, HOURLY, MINUTELY, NAMES, Archive, Run, refusal, requests, text, windows

from meteolake.capture.budget import Budget
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.capture.packing import pack
from meteolake.errors import BudgetSpent, SourceError, SourceUnavailable


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

"""Whole runs that are killed, refused and disturbed: the lake is whole, and what happened is told."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.conftest import Silent
from tests.pipeline.capturing import Moment, capture_all
from tests.pipeline.runs import FIRST, NOW, SITES, at, content, versions, with_url

from meteolake.errors import LakeError, SourceError, SourceUnavailable
from meteolake.lake import lease, ledger, tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.pipeline.report import latest
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Settings
from meteolake.simulate.demo_sites import station_observations
from meteolake.simulate.faults import KINDS, read_faults
from meteolake.simulate.observed import ObservedWeather
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather
from meteolake.tables import TABLES, WEATHER_DAILY

pytestmark = pytest.mark.usefixtures("trusted_only")


@pytest.mark.parametrize("seed", range(4))
def test_after_any_faults_the_lake_holds_every_day_once(settings: Settings, seed: int, tmp_path: Path) -> None:
    at(settings)
    zones = Zones.below(str(tmp_path / "disturbed"))
    kinds = [kind for kind in KINDS if kind not in ("429-hour", "429-day")]  # those end a run; it waits for a later one
    faults = read_faults(",".join(f"{kind}={0.5 / len(kinds)}" for kind in kinds), seed)
    with running(archive_app(GeneratedWeather(), today=NOW.date, faults=replace(faults, slow_seconds=0.1))) as url:
        archive = with_url(settings, url).archive
        assert archive is not None
        archive = replace(archive, service=replace(archive.service, read_seconds=1.0))
        capture_all(zones, SITES, archive, Moment(NOW), weight=4)
    assert faults.log
    assert list(building.build(zones, "run", Plan("sail", 512), lambda step, table: None))
    assert content(zones, WEATHER_DAILY) == content(settings.zones, WEATHER_DAILY)


def test_a_run_that_is_killed_while_it_captures_is_finished_by_the_next(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    commit, commits = ledger.commit, []

    def die_at_second(zones: Zones, entries: list[ledger.Entry]) -> None:
        commits.append(entries)
        if len(commits) == 2:
            raise Killed
        commit(zones, entries)

    zones = Zones.below(str(tmp_path / "killed"))
    with monkeypatch.context() as dying:
        dying.setattr(ledger, "commit", die_at_second)
        with pytest.raises(Killed):
            at(replace(settings, zones=zones))
    at(replace(settings, zones=zones))
    at(settings)
    trusted = [each for each in TABLES if each.zone == "trusted" and tables.exists(settings.zones, each)]
    for table in (WEATHER_DAILY, *trusted):
        assert content(zones, table) == content(settings.zones, table)


def test_an_archive_that_cannot_be_reached_leaves_no_table(settings: Settings) -> None:
    assert settings.archive is not None
    service = replace(settings.archive.service, url="http://127.0.0.1:9", attempts=1)
    unreachable = replace(settings, archive=replace(settings.archive, service=service))
    with pytest.raises(SourceUnavailable, match="Cannot connect to 127"):
        at(unreachable)
    assert versions(settings.zones) == dict.fromkeys(versions(settings.zones))


def test_a_run_that_was_stopped_is_in_the_lakes_reports(settings: Settings) -> None:
    at(settings)
    assert settings.archive is not None
    service = replace(settings.archive.service, url="http://127.0.0.1:9", attempts=1)
    with pytest.raises(SourceUnavailable):
        at(replace(settings, archive=replace(settings.archive, service=service)), NOW + timedelta(days=1))
    newest = latest(Objects(settings.zones.raw), 1)[0]
    assert "Cannot connect" in newest["stages"][-1]["problems"][0]


def locations(text: str) -> list[dict[str, Any]]:
    """An answer's locations; one alone comes without a list."""
    content = json.loads(text)
    return content if isinstance(content, list) else [content]


def without_wind(content: dict[str, Any]) -> dict[str, Any]:
    """An answer that lacks a variable."""
    del content["daily"]["wind_speed_10m_max"]
    return content


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: "this is no JSON", "not whole"),
        (lambda text: text[: len(text) // 2], "not whole"),
        (lambda text: json.dumps([without_wind(each) for each in locations(text)]), "lacks wind_speed_10m_max"),
        (lambda text: json.dumps([*locations(text), {}]), "locations"),
    ],
    ids=["not JSON", "cut", "lacks a variable", "another number of locations"],
)
def test_an_answer_that_is_nonsense_is_told_and_leaves_the_lake_as_it_was(
    settings: Settings, spoil: Callable[[str], str], said: str
) -> None:
    good = archive_app(GeneratedWeather(), today=NOW.date)

    async def answer(request: Request) -> PlainTextResponse:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(good), base_url="http://archive") as archive:
            answered = await archive.request(
                request.method, f"/v1/archive?{request.url.query}", data=await form(request)
            )
        return PlainTextResponse(spoil(answered.text))

    assert settings.archive is not None
    with running(Starlette(routes=[Route("/v1/archive", answer, methods=["GET", "POST"])])) as url:
        service = replace(settings.archive.service, url=url, attempts=1)
        with pytest.raises(SourceError, match=said):
            at(replace(settings, archive=replace(settings.archive, service=service)))
    assert versions(settings.zones) == dict.fromkeys(versions(settings.zones))


async def form(request: Request) -> dict[str, str]:
    return {key: str(value) for key, value in (await request.form()).items()} if request.method == "POST" else {}


def test_a_second_run_at_once_is_sent_away(settings: Settings) -> None:
    with lease.hold(Objects(settings.zones.raw), "the first"), pytest.raises(LakeError, match="Run the first"):
        run(settings, Silent(), clock=lambda: NOW, wait_seconds=0)


def test_a_site_that_the_archive_does_not_know_does_not_stop_the_others(settings: Settings) -> None:
    known = [site for site in SITES if site is not SITES[1]]
    weather = ObservedWeather(station_observations(known, FIRST, date(2026, 11, 1)), known)
    with running(archive_app(weather, today=NOW.date)) as url:
        report = at(with_url(settings, url))
    assert [problem.split(":")[0] for problem in report.problems] == [SITES[1].site_id]
    assert {row["site_id"] for row in content(settings.zones, WEATHER_DAILY)} == {site.site_id for site in known}

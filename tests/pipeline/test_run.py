"""Whole runs from simulated sources: repeated, killed, refused and disturbed."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
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

from meteolake.build import steps
from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import FORECAST, OpenMeteo
from meteolake.errors import LakeError, SourceError, SourceUnavailable
from meteolake.lake import lease, ledger, tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.pipeline.report import Report, latest
from meteolake.pipeline.run import capture, run
from meteolake.pipeline.settings import Archive, Database, Forecast, Settings
from meteolake.simulate.demo_sites import DEMO_SITES, station_observations
from meteolake.simulate.faults import KINDS, read_faults
from meteolake.simulate.observed import ObservedWeather
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather
from meteolake.sites import Site
from meteolake.tables import OBSERVATIONS_DAILY, REVISIONS, TABLES, WEATHER_DAILY, WEATHER_FORECAST_RAW, Table
from meteolake.variables import VARIABLES

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FIRST = date(2026, 1, 1)
SITES = DEMO_SITES[:3]
_TICKS = count()


@pytest.fixture(autouse=True)
def trusted_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refined steps have tests of their own; here they would take most of the time."""
    monkeypatch.setattr(building, "STEPS", steps.STEPS[:1])


@pytest.fixture
def archive_url() -> Iterator[str]:
    with running(archive_app(GeneratedWeather(), today=NOW.date)) as url:
        yield url


@pytest.fixture
def settings(archive_url: str, tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'stations.db'}"
    load(url, SITES, station_observations(SITES, FIRST, date(2026, 11, 1)))
    return Settings(
        Zones.below(str(tmp_path / "lake")),
        Plan("sail", 512),
        Database(url, SitesTable(), ObservationsTable()),
        Archive(OpenMeteo(url=archive_url), tuple(VARIABLES), FIRST),
    )


def at(settings: Settings, now: datetime = NOW) -> Report:
    """A run whose clock ticks a second whenever it is looked at."""
    return run(settings, Silent(), clock=lambda: now + timedelta(seconds=next(_TICKS)))


def database_of(settings: Settings) -> Database:
    assert settings.database is not None
    return settings.database


def with_url(settings: Settings, url: str) -> Settings:
    assert settings.archive is not None
    service = replace(settings.archive.service, url=url)
    return replace(settings, archive=replace(settings.archive, service=service))


def versions(zones: Zones) -> dict[str, int | None]:
    return {table.full_name: tables.version(zones, table) for table in TABLES}


def content(zones: Zones, table: Table) -> list[Mapping[str, object]]:
    """The rows without what differs between two lakes with the same data."""
    names = [name for name in table.names if name not in ("captured_at", "raw_object", "run_id", "sequence")]
    rows: list[Mapping[str, object]] = tables.dataset(zones, table).to_table().select(names).to_pylist()
    return sorted(rows, key=lambda row: str(list(row.values())))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_second_run_fetches_nothing_and_changes_no_table(settings: Settings) -> None:
    assert at(settings).has_changed
    before = versions(settings.zones)
    again = at(settings)
    assert not again.has_changed
    assert versions(settings.zones) == before
    assert latest(Objects(settings.zones.raw), 1)[0]["run_id"] == again.run_id


def test_the_next_day_reads_the_newest_days_again_and_no_more(settings: Settings) -> None:
    at(settings)
    assert settings.archive is not None
    with running(archive_app(GeneratedWeather(), today=(NOW + timedelta(days=1)).date)) as url:
        at(with_url(settings, url), NOW + timedelta(days=1))
    newest = [entry for entry in ledger.entries(settings.zones, "open_meteo") if entry.sequence > 3]
    assert {(entry.first_date, entry.last_date) for entry in newest} == {(date(2026, 10, 20), date(2026, 11, 2))}
    days = {row["date"] for row in content(settings.zones, WEATHER_DAILY) if row["site_id"] == SITES[0].site_id}
    assert max(days) == date(2026, 10, 29)  # type: ignore[type-var]


def test_history_that_was_read_long_ago_is_read_again_within_its_share(settings: Settings) -> None:
    at(settings)
    later = NOW + timedelta(days=100)
    with running(archive_app(GeneratedWeather(seed=1), today=later.date)) as url:
        revised = with_url(settings, url)
        assert revised.archive is not None
        sweeping = replace(revised, archive=replace(revised.archive, sweep_share=0.003))  # 30 units: one site's year
        before = content(settings.zones, WEATHER_DAILY)
        at(sweeping, later)
        assert not at(sweeping, later).has_changed
    known = [row for row in content(settings.zones, WEATHER_DAILY) if row["date"] < date(2026, 9, 1)]  # type: ignore[operator]
    changed = {row["site_id"] for row in known if row not in before}
    assert len(changed) == 1


def test_what_a_second_reading_changed_is_kept_beside_the_newest_values(settings: Settings) -> None:
    at(settings)
    before = {(row["site_id"], row["date"]): row for row in content(settings.zones, WEATHER_DAILY)}
    tomorrow = NOW + timedelta(days=1)
    with running(archive_app(GeneratedWeather(seed=1), today=tomorrow.date)) as url:
        report = at(with_url(settings, url), tomorrow)
    after = {(row["site_id"], row["date"]): row for row in content(settings.zones, WEATHER_DAILY)}
    changed = {
        (*key, name, before[key][name], after[key][name])
        for key in before
        for name in VARIABLES
        if before[key][name] != after[key][name]
    }
    told = {
        (row["site_id"], row["date"], row["variable"], row["old_value"], row["new_value"])
        for row in content(settings.zones, REVISIONS)
    }
    assert told == changed
    assert changed
    assert {"trusted.revisions": len(changed)}.items() <= {
        name: rows for stage in report.stages for name, rows in stage.rows.items()
    }.items()


def test_forecasts_are_kept_with_their_issue_time_once_a_day(settings: Settings) -> None:
    assert settings.archive is not None
    service = replace(settings.archive.service, product=FORECAST, model="best_match")
    wanted = replace(settings, forecast=Forecast(service, settings.archive.variables))
    assert at(wanted).has_changed
    assert not at(wanted).has_changed
    tomorrow = NOW + timedelta(days=1)
    with running(archive_app(GeneratedWeather(), today=tomorrow.date)) as url:
        later = with_url(wanted, url)
        assert later.forecast is not None
        at(replace(later, forecast=replace(later.forecast, service=replace(service, url=url))), tomorrow)
    rows = content(settings.zones, WEATHER_FORECAST_RAW)
    issues = {(row["site_id"], row["issued_at"].date()) for row in rows}  # type: ignore[attr-defined]
    assert issues == {(site.site_id, day) for site in SITES for day in (NOW.date(), tomorrow.date())}
    assert {row["lead_days"] for row in rows} == set(range(16))
    assert len(rows) == len(issues) * 16
    assert {row["source"] for row in rows} == {"best_match"}
    truth = {(row["site_id"], row["date"]): row for row in content(settings.zones, WEATHER_DAILY)}
    assert not any((row["site_id"], row["date"]) in truth for row in rows)  # they are no history


def test_a_payload_that_comes_again_unchanged_is_news_to_the_ledger_only(settings: Settings, tmp_path: Path) -> None:
    at(settings)
    later = NOW + timedelta(days=100)
    assert settings.archive is not None
    sweeping = replace(settings, archive=replace(settings.archive, sweep_share=0.02))
    with running(archive_app(GeneratedWeather(), today=later.date)) as url:
        at(with_url(sweeping, url), later)
    objects, captures = (
        files(tmp_path / "lake" / "raw" / "open_meteo"),
        list(ledger.entries(settings.zones, "open_meteo")),
    )
    before, again = versions(settings.zones), later + timedelta(days=100)
    with running(archive_app(GeneratedWeather(), today=again.date)) as url:
        at(with_url(sweeping, url), again)
    new = list(ledger.entries(settings.zones, "open_meteo"))[len(captures) :]
    swept = [entry for entry in new if entry.first_date == FIRST]
    assert swept
    assert all(entry.bytes == 0 and entry.raw_object in {each.raw_object for each in captures} for entry in swept)
    assert len(files(tmp_path / "lake" / "raw" / "open_meteo") - objects) == 1  # the newest days alone
    assert before != versions(settings.zones)


def test_nothing_is_asked_before_the_archive_was_updated(settings: Settings) -> None:
    at(settings)
    stale = archive_app(GeneratedWeather(), today=NOW.date)  # its feed says that it was updated on 2 November
    with running(stale) as url:
        report = at(with_url(settings, url), NOW + timedelta(days=1))
    assert report.stages[0].notes == ["nothing is due"]


def test_a_new_site_is_captured_whole(settings: Settings) -> None:
    at(settings)
    load(database_of(settings).url, DEMO_SITES[:4], station_observations(DEMO_SITES[3:4], FIRST, FIRST))
    at(settings)
    new = [row for row in content(settings.zones, WEATHER_DAILY) if row["site_id"] == DEMO_SITES[3].site_id]
    assert len(new) == (date(2026, 10, 28) - FIRST).days + 1


def test_sites_of_the_configuration_need_no_database(settings: Settings) -> None:
    report = at(replace(settings, database=None, places=tuple(SITES[:2])))
    assert [stage.name for stage in report.stages][:2] == ["capture the archive", "capture sites"]
    assert {row["site_id"] for row in content(settings.zones, WEATHER_DAILY)} == {site.site_id for site in SITES[:2]}


def test_a_site_may_not_be_in_the_database_and_in_the_configuration(settings: Settings) -> None:
    with pytest.raises(SourceError, match="'amsterdam' is in the configuration and elsewhere"):
        at(replace(settings, places=tuple(SITES[:1])))


def test_rows_deleted_from_the_database_are_deleted_when_all_keys_are_compared(
    settings: Settings, tmp_path: Path
) -> None:
    comparing = ObservationsTable(compare_keys=timedelta(days=7))
    compared = replace(settings, archive=None, database=replace(database_of(settings), observations=comparing))
    at(compared)
    before = content(settings.zones, OBSERVATIONS_DAILY)
    with sqlite3.connect(tmp_path / "stations.db") as connection:
        connection.execute("delete from observations where date = '2026-05-01'")
    connection.close()
    at(compared, NOW + timedelta(days=6))
    assert content(settings.zones, OBSERVATIONS_DAILY) == before
    assert at(compared, NOW + timedelta(days=8)).has_changed
    after = content(settings.zones, OBSERVATIONS_DAILY)
    assert [row for row in before if row not in after] == [row for row in before if row["date"] == date(2026, 5, 1)]
    assert not at(compared, NOW + timedelta(days=16)).has_changed
    at(replace(compared, plan=replace(compared.plan, is_rebuild=True)), NOW + timedelta(days=16))
    assert content(settings.zones, OBSERVATIONS_DAILY) == after


def test_a_lake_for_no_site_is_refused(settings: Settings) -> None:
    with pytest.raises(SourceError, match="There are no sites"):
        at(replace(settings, database=None))


def test_a_site_that_moves_is_captured_anew(settings: Settings) -> None:
    at(settings)
    moved = replace(SITES[0], latitude=SITES[0].latitude + 3)
    load(database_of(settings).url, [moved], station_observations(SITES[:1], FIRST, FIRST))
    before = content(settings.zones, WEATHER_DAILY)
    at(settings)
    after = content(settings.zones, WEATHER_DAILY)
    assert [row for row in after if row["site_id"] != moved.site_id] == [
        row for row in before if row["site_id"] != moved.site_id
    ]
    assert len(after) == len(before)
    assert after != before


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


def test_capture_alone_fills_the_raw_zone_and_makes_no_table(settings: Settings) -> None:
    report = capture(settings, Silent(), clock=lambda: NOW)
    assert report.has_changed
    assert [table.full_name for table in TABLES if tables.exists(settings.zones, table)] == ["raw.captures"]


def test_a_database_that_refuses_leaves_not_even_a_folder(settings: Settings, tmp_path: Path) -> None:
    gone = replace(settings, database=replace(database_of(settings), url=f"sqlite:///{tmp_path / 'gone.db'}"))
    with pytest.raises(SourceError, match="no database"):
        at(gone)
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("sites", "said"),
    [([], "no sites"), ([("x", 91.0)], "latitude 91")],
    ids=["no site", "latitude 91"],
)
def test_wrong_sites_leave_not_even_a_folder(
    settings: Settings, tmp_path: Path, sites: list[tuple[str, float]], said: str
) -> None:
    with sqlite3.connect(tmp_path / "stations.db") as connection:
        connection.execute("delete from sites")
        for site_id, latitude in sites:
            connection.execute("insert into sites values (?, 'X', ?, 0, 0, 0, '2026-01-01')", (site_id, latitude))
    connection.close()
    with pytest.raises(SourceError, match=said):
        at(settings)
    assert not (tmp_path / "lake").exists()


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


def test_the_password_of_a_database_is_in_no_report(settings: Settings) -> None:
    assert "hunter2" not in repr(Database("postgresql://me:hunter2@host/db", SitesTable(), None))
    assert isinstance(SITES[0], Site)

"""Whole runs from simulated sources: repeated, a day later, with another site."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.conftest import Silent
from tests.pipeline.runs import FIRST, NOW, SITES, at, content, database_of, files, versions, with_url

from meteolake.capture.load_observations import load
from meteolake.capture.open_meteo import FORECAST
from meteolake.lake import ledger, tables
from meteolake.lake.objects import Objects
from meteolake.pipeline.report import latest
from meteolake.pipeline.run import capture
from meteolake.pipeline.settings import Forecast, Settings
from meteolake.simulate.demo_sites import DEMO_SITES, station_observations
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather
from meteolake.tables import REVISIONS, TABLES, WEATHER_DAILY, WEATHER_FORECAST_RAW
from meteolake.variables import VARIABLES

pytestmark = pytest.mark.usefixtures("trusted_only")


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


def test_capture_alone_fills_the_raw_zone_and_makes_no_table(settings: Settings) -> None:
    report = capture(settings, Silent(), clock=lambda: NOW)
    assert report.has_changed
    assert [table.full_name for table in TABLES if tables.exists(settings.zones, table)] == ["raw.captures"]

"""The build on a small lake: incremental or at once, the tables are the same."""

from datetime import date

import pytest
from tests.pipeline.small_lake import build, capture, content, fill, rain, versions

from meteolake.lake import tables
from meteolake.lake.findings import findings
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.pipeline.capture_database import capture_sites
from meteolake.sites import Site
from meteolake.tables import (
    ANOMALIES_DAILY,
    CLIMATE_INDICES,
    CLIMATE_NORMALS,
    MONTHLY_NORMALS,
    MONTHLY_SUMMARY,
    QUARANTINE,
    REVISIONS,
    TRENDS,
    WEATHER_DAILY,
    Table,
)

pytestmark = pytest.mark.usefixtures("without_forecasts")
HISTORY = date(2008, 1, 1)
DESCRIBING = (CLIMATE_NORMALS, MONTHLY_NORMALS, ANOMALIES_DAILY, MONTHLY_SUMMARY, CLIMATE_INDICES, TRENDS, REVISIONS)


def test_a_build_without_captures_makes_nothing(zones: Zones) -> None:
    assert [stage.rows for stage in build(zones)] == [{}, {}]
    assert versions(zones) == dict.fromkeys(versions(zones))


def test_a_second_build_makes_nothing_and_changes_no_version(zones: Zones) -> None:
    fill(zones, [0, 1])
    assert all(stage.rows for stage in build(zones))
    before = versions(zones)
    assert [stage.rows for stage in build(zones)] == [{}, {}]
    assert versions(zones) == before


def test_captures_one_by_one_give_the_tables_of_all_at_once(
    zones: Zones, tmp_path_factory: pytest.TempPathFactory
) -> None:
    at_once = Zones.below(str(tmp_path_factory.mktemp("a läke, at once")))
    fill(at_once, [0, 1, 2])
    build(at_once)
    for number in range(3):
        fill(zones, [number])
        build(zones)
    for table in (WEATHER_DAILY, QUARANTINE, MONTHLY_SUMMARY):
        assert content(zones, table) == content(at_once, table)
    assert [row["value"] for row in content(zones, QUARANTINE)] == [-1.0]
    rain = {row["date"]: row["precipitation_sum"] for row in content(zones, WEATHER_DAILY)}
    assert rain[date(2020, 1, 10)] == 100.0
    assert rain[date(2020, 1, 11)] == 22.0, "the refused revision leaves the first capture"
    assert rain[date(2020, 1, 12)] == 202.0


def test_findings_tell_what_the_last_run_added(zones: Zones) -> None:
    fill(zones, [0, 1])
    build(zones)
    assert [(found.rule.id, found.count, found.more) for found in findings(zones)] == [("in_range", 1, 1)]
    capture(zones, 2, date(2021, 5, 1), [3.0, -2.0, -3.0])
    build(zones)
    assert [(found.rule.id, found.count, found.more) for found in findings(zones)] == [("in_range", 3, 2)]
    build(zones)
    assert [found.more for found in findings(zones)] == [2], "a run with nothing new changes nothing"


def test_a_rebuild_gives_the_rows_that_were_refused_and_revised(zones: Zones) -> None:
    for number in range(3):
        fill(zones, [number])
        build(zones)
    tables_made = (WEATHER_DAILY, QUARANTINE, REVISIONS, MONTHLY_SUMMARY)
    made = {table.name: content(zones, table) for table in tables_made}
    assert len(made["quarantine"]) == 1
    assert made["revisions"], "the second and the third capture changed days of the first"
    list(building.build(zones, "again", Plan("sail", 512, is_rebuild=True), lambda step, table: None))
    assert {table.name: content(zones, table) for table in tables_made} == made


def test_a_capture_that_brings_no_rows_is_not_read_again(zones: Zones) -> None:
    capture(zones, 0, date(2020, 1, 1), [-1.0])
    build(zones)
    assert [stage.rows for stage in build(zones)] == [{}, {}]


def test_days_that_come_one_run_after_the_other_give_the_tables_of_a_rebuild(zones: Zones) -> None:
    days = (date(2026, 8, 10) - HISTORY).days
    for number, site_id in enumerate("ab"):
        place(zones, site_id)
        capture(zones, number, HISTORY, rain(days, number), site_id=site_id)
    build(zones)
    settled = content(zones, CLIMATE_INDICES)
    newer = [
        (2, date(2026, 8, 6), 5, "a"),  # the newest days: no month is settled by them
        (3, date(2026, 8, 6), 5, "b"),
        (4, date(2026, 8, 10), 6, "a"),  # July is settled
        (5, date(2015, 3, 1), 10, "b"),  # the base period is revised
        (6, date(2026, 8, 1), 20, "c"),  # a new site
    ]
    place(zones, "c")
    for number, first, count, site_id in newer:
        capture(zones, number, first, rain(count, 10 + number), site_id=site_id)
        build(zones)
        if number == 3:
            assert content(zones, CLIMATE_INDICES) == settled
    made = {table.name: content(zones, table) for table in DESCRIBING}
    assert len({row["site_id"] for row in made["climate_normals"]}) == 3
    assert made["climate_indices"] != settled
    again = list(building.build(zones, "again", Plan("sail", 512, is_rebuild=True), lambda step, table: None))
    assert set(again[1].rows) >= {table.full_name for table in DESCRIBING[:-1]}
    assert {table.name: content(zones, table) for table in DESCRIBING} == made


def test_a_new_day_leaves_what_is_made_of_settled_months_untouched(zones: Zones) -> None:
    place(zones, "a")
    capture(zones, 0, HISTORY, rain((date(2026, 8, 10) - HISTORY).days, 1))
    build(zones)
    of_months = (CLIMATE_NORMALS, MONTHLY_NORMALS, CLIMATE_INDICES, TRENDS)
    before = {table.name: files(zones, table) for table in (*of_months, ANOMALIES_DAILY)}
    capture(zones, 1, date(2026, 7, 29), rain(14, 2))
    build(zones)
    assert {table.name: files(zones, table) for table in of_months} == {
        table.name: before[table.name] for table in of_months
    }
    changed = set(files(zones, ANOMALIES_DAILY)) ^ set(before["anomalies_daily"])
    assert changed
    assert all("year=2026" in path for path in changed)


def test_a_variable_that_is_captured_later_is_described_like_the_first(zones: Zones) -> None:
    capture(zones, 0, HISTORY, rain(800, 1))
    build(zones)
    capture(zones, 1, HISTORY, rain(800, 2), variable="wind_speed_10m_max")
    build(zones)
    described = {table: content(zones, table) for table in (CLIMATE_NORMALS, ANOMALIES_DAILY, MONTHLY_SUMMARY)}
    for rows in described.values():
        assert {row["variable"] for row in rows} == {"precipitation_sum", "wind_speed_10m_max"}
    list(building.build(zones, "anew", Plan("sail", 512, is_rebuild=True), lambda step, table: None))
    assert {table: content(zones, table) for table in described} == described


def test_another_base_period_makes_what_depends_on_it_anew(zones: Zones) -> None:
    place(zones, "a")
    capture(zones, 0, HISTORY, rain((date(2026, 8, 10) - HISTORY).days, 1))
    build(zones)
    assert {row["base_from"] for row in content(zones, CLIMATE_NORMALS)} == {1991}
    other = Plan("sail", 512, period=(2011, 2025))
    [etl, analysis] = building.build(zones, "other", other, lambda step, table: None)
    assert {row["base_from"] for row in content(zones, CLIMATE_NORMALS)} == {2011}
    assert CLIMATE_NORMALS.full_name in analysis.rows
    assert etl.rows == {}


def place(zones: Zones, site_id: str) -> None:
    """The sites up to this one."""
    sites = [Site(each, each, 50.0, 8.0, None, 1) for each in "abc" if each <= site_id]
    capture_sites(zones, Objects(zones.raw), f"sites {site_id}", sites)


def files(zones: Zones, table: Table) -> list[str]:
    return sorted(tables.open_table(zones, table).file_uris())

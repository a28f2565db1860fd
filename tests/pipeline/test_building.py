"""The build on a small lake: incremental or at once, repeated or killed, the tables are the same."""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException

from meteolake.build import making, steps
from meteolake.build.context import Context
from meteolake.errors import BrokenAssumption, StepFailed
from meteolake.lake import ledger, raw, tables
from meteolake.lake.findings import findings
from meteolake.lake.ledger import Entry
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.pipeline.capture_database import capture_sites
from meteolake.pipeline.report import Stage
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

START = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def without_forecasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forecasts have tests of their own; training would take most of the time here."""
    monkeypatch.setattr(building, "STEPS", steps.STEPS[:2])


def capture(zones: Zones, number: int, first: date, values: Sequence[float], *, site_id: str = "a") -> None:
    """A capture of precipitation, as the archive's would be stored."""
    captured_at = START + timedelta(days=number)
    days = [(first + timedelta(days=day)).isoformat() for day in range(len(values))]
    path = f"open_meteo/era5/{number:04d}.json.gz"
    envelope = raw.Envelope("era5", captured_at, f"run {number}", path)
    body = json.dumps({"daily": {"time": days, "precipitation_sum": list(values)}})
    Objects(zones.raw).put(path, raw.json_object([raw.json_line(envelope, site_id, {}, body)]))
    last = first + timedelta(days=len(values) - 1)
    ledger.commit(
        zones,
        [
            Entry(
                source="open_meteo",
                product="era5",
                site_id=site_id,
                place="here",
                variables="precipitation_sum",
                first_date=first,
                last_date=last,
                complete_until=last,
                cursor_from=None,
                cursor_to=None,
                rows=len(values),
                bytes=len(body),
                sha256=raw.digest(body.encode()),
                run_id=envelope.run_id,
                captured_at=captured_at,
                raw_object=path,
            )
        ],
    )


def build(zones: Zones) -> list[Stage]:
    return list(building.build(zones, "test", Plan("sail", 512), lambda step, table: None))


def content(zones: Zones, table: Table) -> list[Mapping[str, object]]:
    rows: pa.Table = tables.dataset(zones, table).to_table().select(list(table.names))
    return sorted(rows.to_pylist(), key=lambda row: [str(row[name]) for name in table.key])


def versions(zones: Zones) -> dict[str, int | None]:
    return {table.name: tables.version(zones, table) for table in (WEATHER_DAILY, QUARANTINE, MONTHLY_SUMMARY)}


CAPTURES: tuple[tuple[date, list[float]], ...] = (
    (date(2019, 12, 20), [float(day) for day in range(30)]),
    (date(2020, 1, 10), [100.0, -1.0, 102.0]),
    (date(2020, 1, 12), [202.0] * 40),
)


HISTORY = date(2008, 1, 1)
DESCRIBING = (CLIMATE_NORMALS, MONTHLY_NORMALS, ANOMALIES_DAILY, MONTHLY_SUMMARY, CLIMATE_INDICES, TRENDS, REVISIONS)


def rain(count: int, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [round(max(0.0, chance.gauss(0, 5)), 1) for _ in range(count)]


def fill(zones: Zones, numbers: Iterable[int]) -> None:
    for number in numbers:
        capture(zones, number, *CAPTURES[number])


def test_a_build_without_captures_makes_nothing(zones: Zones) -> None:
    assert [stage.rows for stage in build(zones)] == [{}, {}]
    assert versions(zones) == dict.fromkeys(versions(zones))


def test_a_second_build_makes_nothing_and_changes_no_version(zones: Zones) -> None:
    fill(zones, [0, 1])
    assert all(stage.rows for stage in build(zones))
    before = versions(zones)
    assert [stage.rows for stage in build(zones)] == [{}, {}]
    assert versions(zones) == before


def test_a_lost_raw_object_stops_the_build_before_any_table_changes(zones: Zones) -> None:
    fill(zones, [0])
    build(zones)
    before = versions(zones)
    fill(zones, [1])
    Objects(zones.raw).delete("open_meteo/era5/0000.json.gz")
    objects, lost = Objects(zones.raw), "open_meteo/era5/0001.json.gz"
    kept = objects.get(lost)
    objects.delete(lost)
    with pytest.raises(BrokenAssumption, match=f"lost: 1, such as {lost}"):
        build(zones)
    assert versions(zones) == before
    objects.put(lost, kept)
    build(zones)  # what was read before is not needed again
    assert tables.dataset(zones, WEATHER_DAILY).count_rows() == len(CAPTURES[0][1])


def test_a_damaged_raw_object_is_named(zones: Zones) -> None:
    fill(zones, [0, 1])
    objects, path = Objects(zones.raw), "open_meteo/era5/0001.json.gz"
    objects.put(path, objects.get(path)[:-20])
    with pytest.raises(StepFailed) as caught:
        build(zones)
    assert caught.value.__notes__ == [f"The raw object {path} in {zones.raw} is damaged: restore it from a copy."]


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


def test_a_build_that_failed_half_way_is_finished_by_the_next(zones: Zones, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(zones, [0, 1, 2])

    def fail_at_months(output: steps.Output, context: Context) -> None:
        if output.table is MONTHLY_SUMMARY:
            raise PySparkException("the disk is full")
        steps.make(output, context)

    with monkeypatch.context() as failing:
        failing.setattr(making, "make", fail_at_months)
        with pytest.raises(StepFailed, match=r"refined\.monthly_summary: the disk is full"):
            build(zones)
    assert tables.version(zones, WEATHER_DAILY) is not None
    before = content(zones, WEATHER_DAILY)
    build(zones)
    assert content(zones, WEATHER_DAILY) == before
    assert [row["value"] for row in content(zones, QUARANTINE)] == [-1.0]


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


def test_too_many_refused_rows_stop_the_build_before_the_daily_tables(zones: Zones) -> None:
    capture(zones, 0, date(2020, 1, 1), rain(300, 1))
    build(zones)
    before = content(zones, WEATHER_DAILY)
    capture(zones, 1, date(2021, 1, 1), [-1.0] * 150 + rain(150, 2))
    strict = Plan("sail", 512, most_refused=0.4)
    with pytest.raises(
        BrokenAssumption, match=r"150 of 300 new rows for trusted.weather_daily are refused \(in_range\)"
    ):
        list(building.build(zones, "strict", strict, lambda step, table: None))
    assert content(zones, WEATHER_DAILY) == before
    assert len(content(zones, QUARANTINE)) == 150
    with pytest.raises(BrokenAssumption):
        list(building.build(zones, "strict", strict, lambda step, table: None))
    build(zones)
    assert len(content(zones, WEATHER_DAILY)) == 450


def place(zones: Zones, site_id: str) -> None:
    """The sites up to this one."""
    sites = [Site(each, each, 50.0, 8.0, None, 1) for each in "abc" if each <= site_id]
    capture_sites(zones, Objects(zones.raw), f"sites {site_id}", sites)


def files(zones: Zones, table: Table) -> list[str]:
    return sorted(tables.open_table(zones, table).file_uris())

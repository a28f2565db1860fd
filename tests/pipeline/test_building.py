"""The build on a small lake: incremental or at once, repeated or killed, the tables are the same."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException

from meteolake.build import steps
from meteolake.errors import StepFailed
from meteolake.lake import ledger, raw, tables
from meteolake.lake.ledger import Entry
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.report import Stage
from meteolake.tables import MONTHLY_SUMMARY, QUARANTINE, WEATHER_DAILY, Table

START = datetime(2026, 1, 1, tzinfo=UTC)


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
    return list(building.build(zones, "test", "sail", 512, lambda step, table: None))


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

    def fail_at_quarantine(output: steps.Output, context: steps.Context) -> None:
        if output.table is QUARANTINE:
            raise PySparkException("the disk is full")
        steps.make(output, context)

    with monkeypatch.context() as failing:
        failing.setattr(building, "make", fail_at_quarantine)
        with pytest.raises(StepFailed, match=r"trusted\.quarantine: the disk is full"):
            build(zones)
    assert tables.version(zones, WEATHER_DAILY) is not None
    before = content(zones, WEATHER_DAILY)
    build(zones)
    assert content(zones, WEATHER_DAILY) == before
    assert [row["value"] for row in content(zones, QUARANTINE)] == [-1.0]


def test_a_capture_that_brings_no_rows_is_not_read_again(zones: Zones) -> None:
    capture(zones, 0, date(2020, 1, 1), [-1.0])
    build(zones)
    assert [stage.rows for stage in build(zones)] == [{}, {}]

"""A build that stops: what it tells, what it leaves, and that the next one finishes it."""

import gzip
from collections.abc import Callable
from datetime import date

import pytest
from pyspark.errors import PySparkException
from tests.pipeline.small_lake import CAPTURES, build, capture, content, fill, rain, versions

from meteolake.build import making, steps
from meteolake.build.context import Context
from meteolake.errors import BrokenAssumption, StepFailed
from meteolake.lake import tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.tables import (
    MONTHLY_SUMMARY,
    QUARANTINE,
    WEATHER_DAILY,
)

pytestmark = pytest.mark.usefixtures("without_forecasts")


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


def _cut(data: bytes) -> bytes:
    return data[:-20]


def _garbled(data: bytes) -> bytes:
    return gzip.compress(gzip.decompress(data)[:-20])


@pytest.mark.parametrize("damage", [_cut, _garbled])
def test_a_damaged_raw_object_is_named(zones: Zones, damage: Callable[[bytes], bytes]) -> None:
    fill(zones, [0, 1])
    objects, path = Objects(zones.raw), "open_meteo/era5/0001.json.gz"
    objects.put(path, damage(objects.get(path)))
    with pytest.raises(StepFailed) as caught:
        build(zones)
    assert versions(zones)["weather_daily"] is None
    assert caught.value.__notes__ == [f"The raw object {path} in {zones.raw} is damaged: restore it from a copy."]


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

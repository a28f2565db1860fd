"""Upkeep: fewer files, the same rows, nothing that is needed is gone."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from meteolake.lake import ledger, tables
from meteolake.lake.ledger import Entry
from meteolake.lake.maintenance import maintain
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.tables import CAPTURES, SITES

LONG = timedelta(minutes=5)


def entry(raw_object: str) -> Entry:
    captured_at = datetime(2026, 1, 1, tzinfo=UTC)
    texts = ("open_meteo", "era5", "a", "here", "precipitation_sum")
    days = (date(2020, 1, 1), date(2020, 12, 31), None)
    return Entry(*texts, *days, None, None, 366, 10, "0", "r", captured_at, raw_object)


def fill(zones: Zones, commits: int) -> None:
    for number in range(commits):
        Objects(zones.raw).put(f"open_meteo/era5/{number}.json.gz", b"x")
        ledger.commit(zones, [entry(f"open_meteo/era5/{number}.json.gz")])


def rows(zones: Zones) -> list[Entry]:
    return list(ledger.entries(zones))


def test_many_small_files_become_few_and_the_rows_stay(zones: Zones) -> None:
    fill(zones, 12)
    before = rows(zones)
    [done] = maintain(zones, timedelta(days=30), LONG)
    assert (done.table, done.files_before, done.files_after, done.removed) == ("raw.captures", 12, 1, 0)
    assert done.has_checkpoint
    assert sorted(rows(zones), key=lambda each: each.sequence) == before
    assert tables.dataset(zones, CAPTURES, 5).count_rows() == 6, "old versions are kept"
    fill(zones, 1)
    assert len(rows(zones)) == 13


def test_files_of_old_versions_go_when_their_time_is_over(zones: Zones) -> None:
    fill(zones, 5)
    list(maintain(zones, timedelta(days=30), LONG))
    [done] = maintain(zones, timedelta(0), LONG)
    assert (done.files_before, done.files_after, done.removed) == (1, 1, 5)
    assert len(rows(zones)) == 5
    with pytest.raises(OSError, match=r"No such file|not found"):
        tables.dataset(zones, CAPTURES, 3).to_table()


def test_no_table_is_begun_after_the_limit(zones: Zones) -> None:
    fill(zones, 2)
    assert list(maintain(zones, timedelta(days=30), timedelta(seconds=-1))) == []
    assert len(DeltaTable(zones.table(CAPTURES)).file_uris()) == 2


def test_the_table_with_the_most_files_comes_first(zones: Zones) -> None:
    fill(zones, 3)
    for name in "abcd":
        write_deltalake(zones.table(SITES), pa.table({"site_id": [name]}), mode="append")
    assert [done.table for done in maintain(zones, timedelta(days=30), LONG)] == ["trusted.sites", "raw.captures"]
    fill(zones, 3)
    assert [done.table for done in maintain(zones, timedelta(days=30), LONG)] == ["raw.captures", "trusted.sites"]


def test_what_a_run_recorded_is_found_behind_the_upkeep(zones: Zones) -> None:
    fill(zones, 3)
    tables.record(zones, CAPTURES, {"run_id": "r", "inputs": {"captures": 3}})
    before = tables.last_write(zones, CAPTURES)
    list(maintain(zones, timedelta(0), LONG))
    assert tables.last_write(zones, CAPTURES) == before
    assert isinstance(tables.dataset(zones, CAPTURES).to_table(), pa.Table)

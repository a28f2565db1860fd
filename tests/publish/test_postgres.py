import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meteolake.errors import PublishError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Settings
from meteolake.publish import postgres
from meteolake.publish.postgres import Published, publish
from meteolake.tables import ANOMALIES_DAILY, MONTHLY_SUMMARY, SITES, TABLES, Table, Type

_ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "double": pa.float64(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
}
Rows = Sequence[Mapping[str, Any]]


def write(zones: Zones, table: Table, rows: Rows) -> None:
    schema = pa.schema([(column.name, _ARROW[column.type]) for column in table.columns])
    whole = [{name: row.get(name) for name in table.names} for row in rows]
    content = pa.Table.from_pylist(whole, schema=schema)
    write_deltalake(zones.table(table), content, mode="overwrite", partition_by=list(table.partition) or None)


def month(site_id: str, number: int, value: float | None = 1.0, **others: Any) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "variable": "precipitation_sum",
        "month": date(2020, number, 1),
        "value": value,
        "year": 2020,
        **others,
    }


def anomaly(day: date, value: float) -> dict[str, Any]:
    return {"site_id": "a", "variable": "precipitation_sum", "date": day, "value": value, "year": day.year}


def read(url: str, table: Table) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        keys = ", ".join(table.key)
        return connection.execute(f"select * from meteolake.{table.name} order by {keys}").fetchall()


def loaded(zones: Zones, url: str, table: Table) -> Published:
    return next(each for each in publish(zones, url) if each.table == table.name)


def execute(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_a_whole_lake_is_read_back_as_it_is(filled: Settings, url: str) -> None:
    publish(filled.zones, url)
    for table in (SITES, *(each for each in TABLES if each.zone == "refined")):
        rows = tables.dataset(filled.zones, table).to_table(columns=list(table.names)).to_pylist()
        held = sorted((tuple(row.values()) for row in rows), key=str)
        assert sorted(read(url, table), key=str) == held, table.name


def test_every_kind_of_value_survives(zones: Zones, url: str) -> None:
    captured_at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    sites: list[dict[str, Any]] = [
        {"site_id": 'comma, "quote"\nü', "name": "", "latitude": -0.1, "captured_at": captured_at},
        {"site_id": "b", "name": None, "latitude": float("inf"), "utc_offset_hours": -3},
    ]
    write(zones, SITES, sites)
    write(zones, MONTHLY_SUMMARY, [month("a", 1, 0.1 + 0.2, is_complete=True, wet_days=3), month("a", 2, None)])
    publish(zones, url)
    found = {row[0]: row for row in read(url, SITES)}
    assert found['comma, "quote"\nü'][1:3] == ("", -0.1)
    assert found['comma, "quote"\nü'][6] == captured_at
    assert found["b"][1:3] == (None, float("inf"))
    [january, february] = read(url, MONTHLY_SUMMARY)
    assert january[3] == 0.1 + 0.2
    assert january[8] is True
    assert february[3] is None


def test_publishing_again_changes_nothing(zones: Zones, url: str) -> None:
    write(zones, MONTHLY_SUMMARY, [month("a", 1)])
    assert loaded(zones, url, MONTHLY_SUMMARY).inserted == 1
    before = execute(url, "select xmin, * from meteolake.monthly_summary")
    assert loaded(zones, url, MONTHLY_SUMMARY).changed == 0
    write(zones, MONTHLY_SUMMARY, [month("a", 1)])
    assert loaded(zones, url, MONTHLY_SUMMARY).changed == 0, "a new version with the same rows"
    assert execute(url, "select xmin, * from meteolake.monthly_summary") == before


def test_only_what_differs_is_written(zones: Zones, url: str) -> None:
    write(zones, MONTHLY_SUMMARY, [month("a", number) for number in (1, 2, 3)])
    publish(zones, url)
    write(zones, MONTHLY_SUMMARY, [month("a", 1), month("a", 2, 9.0), month("a", 4)])
    found = loaded(zones, url, MONTHLY_SUMMARY)
    assert (found.inserted, found.updated, found.deleted) == (1, 1, 1)
    assert [(row[2].month, row[3]) for row in read(url, MONTHLY_SUMMARY)] == [(1, 1.0), (2, 9.0), (4, 1.0)]


def test_of_a_partitioned_table_only_changed_years_are_looked_at(zones: Zones, url: str) -> None:
    write(zones, ANOMALIES_DAILY, [anomaly(date(2019, 1, 1), 1.0), anomaly(date(2020, 1, 1), 2.0)])
    publish(zones, url)
    execute(url, "update meteolake.anomalies_daily set value = 77 where year = 2019")
    changed = pa.Table.from_pylist([{**dict.fromkeys(ANOMALIES_DAILY.names), **anomaly(date(2020, 1, 1), 3.0)}])
    schema = pa.schema([(column.name, _ARROW[column.type]) for column in ANOMALIES_DAILY.columns])
    write_deltalake(zones.table(ANOMALIES_DAILY), changed.cast(schema), mode="overwrite", predicate="year = 2020")
    found = loaded(zones, url, ANOMALIES_DAILY)
    assert (found.inserted, found.updated, found.deleted) == (0, 1, 0)
    assert [row[3] for row in read(url, ANOMALIES_DAILY)] == [77.0, 3.0]


def test_a_column_that_was_added_since_is_filled(zones: Zones, url: str) -> None:
    write(zones, MONTHLY_SUMMARY, [month("a", 1, wet_days=4)])
    publish(zones, url)
    execute(url, "alter table meteolake.monthly_summary drop column wet_days")
    assert loaded(zones, url, MONTHLY_SUMMARY).updated == 1
    assert execute(url, "select wet_days from meteolake.monthly_summary") == [(4,)]


def test_a_column_of_another_type_is_refused(zones: Zones, url: str) -> None:
    write(zones, MONTHLY_SUMMARY, [month("a", 1)])
    publish(zones, url)
    execute(url, "alter table meteolake.monthly_summary alter column value type text")
    with pytest.raises(PublishError, match=r"Column value .* is text and should be double"):
        publish(zones, url)


def test_units_and_meanings_are_comments(zones: Zones, url: str) -> None:
    write(zones, SITES, [{"site_id": "a"}])
    publish(zones, url)
    [(text,)] = execute(url, "select col_description('meteolake.sites'::regclass, 5)")
    assert text == "height above sea level [m]"


def test_readers_see_whole_tables_while_one_is_published(zones: Zones, url: str) -> None:
    counts: set[int] = set()
    done = threading.Event()
    write(zones, MONTHLY_SUMMARY, [month(f"{site:04d}", 1) for site in range(2000)])
    publish(zones, url)

    def watch() -> None:
        while not done.is_set():
            counts.add(execute(url, "select count(distinct value) from meteolake.monthly_summary")[0][0])

    watching = threading.Thread(target=watch)
    watching.start()
    for value in (2.0, 3.0, 4.0):
        write(zones, MONTHLY_SUMMARY, [month(f"{site:04d}", 1, value) for site in range(2000)])
        publish(zones, url)
    done.set()
    watching.join()
    assert counts == {1}


def test_a_load_that_was_broken_off_leaves_the_old_table_and_is_made_again(
    zones: Zones, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(zones, MONTHLY_SUMMARY, [month("a", 1), month("a", 2)])
    publish(zones, url)
    write(zones, MONTHLY_SUMMARY, [month("a", 1, 5.0)])

    def die(*arguments: object) -> tuple[int, int]:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(postgres, "_upsert", die)
        with pytest.raises(KeyboardInterrupt):
            publish(zones, url)
    assert [row[3] for row in read(url, MONTHLY_SUMMARY)] == [1.0, 1.0]
    publish(zones, url)
    assert [row[3] for row in read(url, MONTHLY_SUMMARY)] == [5.0]


def test_a_publisher_that_is_killed_leaves_the_old_table_and_no_lock(zones: Zones, url: str) -> None:
    write(zones, MONTHLY_SUMMARY, [month("a", 1), month("a", 2)])
    publish(zones, url)
    write(zones, MONTHLY_SUMMARY, [month("a", 1, 5.0)])
    program = (
        "import os, signal, sys\n"
        "from meteolake.lake.paths import Zones\n"
        "from meteolake.publish import postgres\n"
        "postgres._upsert = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "postgres.publish(Zones(*sys.argv[1:4]), sys.argv[4])\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, zones.raw, zones.trusted, zones.refined, url], capture_output=True, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    assert [row[3] for row in read(url, MONTHLY_SUMMARY)] == [1.0, 1.0]
    assert loaded(zones, url, MONTHLY_SUMMARY).changed == 2
    assert [row[3] for row in read(url, MONTHLY_SUMMARY)] == [5.0]


def test_two_publishers_at_once_do_no_harm(zones: Zones, url: str) -> None:
    write(zones, MONTHLY_SUMMARY, [month(f"{site}", 1) for site in range(500)])
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(loaded(zones, url, MONTHLY_SUMMARY).inserted)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 0, 500]


def test_a_database_that_refuses_is_told_without_the_password(zones: Zones) -> None:
    with pytest.raises(PublishError, match="PostgreSQL refused") as caught:
        publish(zones, "postgresql://me:hunter2@127.0.0.1:1/db")
    assert "hunter2" not in str(caught.value)


def random_months() -> st.SearchStrategy[list[dict[str, Any]]]:
    keys = st.tuples(st.sampled_from("abc"), st.integers(1, 12))
    values = st.one_of(st.none(), st.floats(allow_nan=False))
    return st.dictionaries(keys, values, min_size=1).map(
        lambda found: [month(site, number, value) for (site, number), value in found.items()]
    )


def as_set(rows: Iterable[Mapping[str, Any]]) -> set[tuple[str, date, float | None]]:
    return {(row["site_id"], row["month"], row["value"]) for row in rows}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=random_months(), after=random_months())
def test_after_any_change_the_table_is_the_lakes(
    zones: Zones, url: str, before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    for rows in (before, after):
        write(zones, MONTHLY_SUMMARY, rows)
        publish(zones, url)
        assert {(row[0], row[2], row[3]) for row in read(url, MONTHLY_SUMMARY)} == as_set(rows)

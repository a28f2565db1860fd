"""What is read of a database: everything once, and then what changed."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.capture.reading import HERE, Execute, days, read, values

from meteolake.capture.cursor import Position
from meteolake.capture.database import ObservationBatch, SitesTable, read_sites
from meteolake.capture.load_observations import Loaded, load


def test_what_was_loaded_is_read(url: str) -> None:
    assert load(url, [HERE], days(1.0, None, 3.0)) == Loaded(1, 3)
    assert read_sites(url, SitesTable()) == [HERE]
    batches = read(url)
    assert [batch.rows for batch in batches] == [2, 1]
    assert values(batches) == {"2020-01-01": 1.0, "2020-01-02": None, "2020-01-03": 3.0}
    assert (batches[0].first_date, batches[-1].last_date) == (date(2020, 1, 1), date(2020, 1, 3))


def test_loading_again_changes_nothing_and_a_new_value_one_row(url: str) -> None:
    load(url, [HERE], days(1.0, 2.0))
    assert load(url, [HERE], days(1.0, 2.0)) == Loaded(0, 0)
    assert load(url, [HERE], days(1.0, 5.0)) == Loaded(0, 1)


def test_reading_again_without_a_change_gives_nothing(url: str) -> None:
    load(url, [HERE], days(1.0, 2.0, 3.0))
    assert read(url, read(url)[-1].cursor_to) == []


def test_a_change_is_read_from_the_cursor_on(url: str, execute: Execute) -> None:
    load(url, [HERE], days(1.0, 2.0, 3.0))
    execute("update observations set updated_at = '2020-01-01 00:00:00'")
    execute("update observations set updated_at = '2020-01-01 12:00:00' where date = '2020-01-03'")
    after = read(url, overlap=timedelta(0))[-1].cursor_to
    load(url, [HERE], days(1.0, 9.0, 3.0))
    assert values(read(url, after)) == {"2020-01-02": 9.0, "2020-01-03": 3.0}


def test_a_row_that_was_committed_late_is_found_within_the_overlap(url: str, execute: Execute) -> None:
    load(url, [HERE], days(1.0, 2.0))
    execute("update observations set updated_at = '2020-01-01 12:00:00'")
    after = read(url)[-1].cursor_to
    load(url, [HERE], days(7.0, first=date(2021, 1, 1)))
    execute("update observations set updated_at = '2020-01-01 11:30:00' where date = '2021-01-01'")
    assert values(read(url, after))["2021-01-01"] == 7.0
    assert read(url, after, overlap=timedelta(0)) == []


def test_a_batch_that_ends_between_equal_cursors_loses_no_row(url: str) -> None:
    load(url, [HERE], days(*map(float, range(5))))
    first = read(url)[0]
    rest = values(read(url, first.cursor_to))
    assert values([first]) | rest == {f"2020-01-0{day + 1}": float(day) for day in range(5)}


def test_a_table_without_a_cursor_is_read_when_it_differs(url: str, execute: Execute) -> None:
    load(url, [HERE], days(1.0, 2.0, 3.0))
    after = read(url, cursor=None)[-1].cursor_to
    assert read(url, after, cursor=None) == []
    execute("update observations set precipitation_sum = 4 where date = '2020-01-02'")
    assert values(read(url, after, cursor=None))["2020-01-02"] == 4.0


def test_columns_units_and_sentinels_of_other_peoples_tables(url: str, execute: Execute) -> None:
    execute(
        "drop table if exists tagwerte",
        "create table tagwerte (stat text, tag text, txk text, rsk float, chg integer, weg integer)",
        "insert into tagwerte values ('433', '2020-01-01', '50.0', -999, 1, 0), ('433', '2020-01-02', '', 2.5, 2, 1)",
    )
    columns = {"site_id": "stat", "date": "tag", "temperature_2m_max": "txk", "precipitation_sum": "rsk"}
    [batch] = read(
        url,
        table="tagwerte",
        columns=columns,
        units={"temperature_2m_max": "°F"},
        missing=(-999,),
        cursor="chg",
        deleted="weg",
    )
    rows = batch.table.to_pylist()
    assert [row["temperature_2m_max"] for row in rows] == [50.0, None], "raw values are not converted"
    assert [row["is_deleted"] for row in rows] == [False, True]
    assert (rows[0]["units"], rows[0]["missing"]) == ('{"temperature_2m_max": "\\u00b0F"}', "[-999]")


@pytest.mark.parametrize(
    ("kind", "marked", "others"),
    [
        ("boolean", "true", ("false", "null")),
        ("integer", "1", ("0", "null")),
        ("varchar(5)", "'Y'", ("'N'", "'false'", "''", "null")),
        ("timestamp null", "'2020-01-01 00:00:00'", ("null",)),
    ],
)
def test_rows_are_marked_as_deleted_in_many_ways(
    url: str, execute: Execute, kind: str, marked: str, others: tuple[str, ...]
) -> None:
    execute("drop table if exists t", f"create table t (site_id text, date text, rain float, gone {kind})")
    for number, value in enumerate((marked, *others)):
        execute(f"insert into t values ('a', '2020-01-0{number + 1}', 1, {value})")
    found = read(url, table="t", columns={"precipitation_sum": "rain"}, deleted="gone", cursor=None)
    flags = [flag for batch in found for flag in batch.table["is_deleted"].to_pylist()]
    assert flags == [True] + [False] * len(others)


@pytest.mark.parametrize("kind", ["timestamp with time zone", "bigint", "numeric(12)", "date"])
def test_cursors_are_of_many_kinds(postgresql_server: str, kind: str) -> None:
    one, two = ("1", "2") if kind in ("bigint", "numeric(12)") else ("'2020-01-01'", "'2020-01-02'")
    engine = sa.create_engine(postgresql_server)

    def execute(*statements: str) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def found(after: str | None) -> list[ObservationBatch]:
        return read(postgresql_server, after, table="t", columns={"precipitation_sum": "rain"}, cursor="changed")

    execute("drop table if exists t", f"create table t (site_id text, date date, rain float, changed {kind})")
    execute(
        f"insert into t values ('a', '2020-01-01', 1, {one})", f"insert into t values ('a', '2020-01-02', 2, {one})"
    )
    after = found(None)[-1].cursor_to
    assert found(after) == []
    execute(f"insert into t values ('a', '2020-01-03', 3, {two})")
    engine.dispose()
    assert values(found(after))["2020-01-03"] == 3.0


@given(
    st.one_of(
        st.integers(-(2**60), 2**60),
        st.text(),
        st.datetimes(min_value=datetime(1900, 1, 1)),
        st.dates(),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.one_of(st.none(), st.integers(0, 10)),
)
def test_a_position_is_read_back_exactly(value: object, rows: int | None) -> None:
    found = Position.parse(Position(value, rows).text)
    assert found == Position(value, rows)
    assert type(found.value) is type(value)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    commits=st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(-50, 50)), max_size=4), min_size=1, max_size=6)
)
def test_every_committed_row_is_read_whatever_the_order_of_cursors(
    tmp_path: Path, commits: list[list[tuple[int, int]]]
) -> None:
    """Commits arrive with cursors up to 50 minutes off their order, many alike; the overlap is two hours."""
    path = tmp_path / "property.db"
    path.unlink(missing_ok=True)
    path.touch()
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "create table observations (site_id text, date text, precipitation_sum float, updated_at timestamp)"
            )
        )
    after, seen, written = None, set(), set()
    for number, rows in enumerate(commits):
        with engine.begin() as connection:
            for place, (minute, shift) in enumerate(rows):
                at = datetime(2020, 1, 1) + timedelta(hours=number, minutes=minute + shift)
                row = {"date": f"{number}-{place}", "rain": float(place), "at": at.isoformat(" ")}
                connection.execute(sa.text("insert into observations values ('a', :date, :rain, :at)"), row)
                written.add(row["date"])
        for batch in read(f"sqlite:///{path}", after, overlap=timedelta(hours=2)):
            after = batch.cursor_to
            seen |= {row["date"] for row in batch.table.to_pylist()}
        assert seen == written
        assert after is None or read(f"sqlite:///{path}", after, overlap=timedelta(hours=2)) == []
    engine.dispose()

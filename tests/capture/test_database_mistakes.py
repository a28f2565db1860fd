"""What is wrong in a database or in how it is read is told in one sentence."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest
from tests.capture.reading import HERE, Execute, days, read

from meteolake.capture.database import ObservationsTable, SitesTable, read_sites
from meteolake.capture.load_observations import load
from meteolake.errors import ConfigError, MeteolakeError, SourceError, SourceUnavailable


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("delete from sites", "no sites"),
        ("update sites set latitude = 91", "latitude 91"),
        ("alter table sites rename column name to title", "no column 'name'"),
        ("drop table sites", "no table 'sites'"),
    ],
    ids=["no site", "latitude", "column", "table"],
)
def test_wrong_sites_are_refused_in_one_sentence(url: str, execute: Execute, statement: str, said: str) -> None:
    load(url, [HERE], days(1.0))
    execute(statement)
    with pytest.raises(SourceError, match=said):
        read_sites(url, SitesTable())


@pytest.mark.parametrize(
    ("elevation", "offset", "found"),
    [("'12,5'", "'1'", (12.5, 1)), ("''", "''", (None, 1)), ("12.5", "2.0", (12.5, 2)), ("null", "null", (None, 1))],
)
def test_heights_and_offsets_of_sites_are_read_as_they_are_written(
    tmp_path: Path, elevation: str, offset: str, found: tuple[float | None, int]
) -> None:
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        connection.execute("create table sites (site_id, name, latitude, longitude, elevation_m, utc_offset_hours)")
        connection.execute(f"insert into sites values ('a', 'A', '50,5', '0100000E', {elevation}, {offset})")
    connection.close()
    [site] = read_sites(f"sqlite:///{tmp_path / 'theirs.db'}", SitesTable())
    assert (site.elevation_m, site.utc_offset_hours) == found
    assert (site.latitude, site.longitude) == (50.5, 10.0)


def test_an_offset_of_half_an_hour_is_told(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        connection.execute("create table sites (site_id, name, latitude, longitude, utc_offset_hours)")
        connection.execute("insert into sites values ('a', 'A', 28, 77, 5.5)")
    connection.close()
    with pytest.raises(SourceError, match=r"utc_offset_hours 5\.5: give a whole number"):
        read_sites(f"sqlite:///{tmp_path / 'theirs.db'}", SitesTable())


def test_a_date_that_is_none_does_not_hide_the_days_of_its_batch(url: str, execute: Execute) -> None:
    execute("drop table if exists t", "create table t (site_id text, date text, updated_at integer, rain float)")
    execute("insert into t values ('a', '2020-01-01', 1, 1), ('a', 'soon', 1, 2), ('a', '2021-01-01', 1, 3)")
    [first, second] = read(url, table="t", columns={"precipitation_sum": "rain"})
    days = [first.first_date, first.last_date, second.first_date, second.last_date]
    assert {day for day in days if day} == {date(2020, 1, 1), date(2021, 1, 1)}


def test_a_row_without_a_cursor_is_told(url: str, execute: Execute) -> None:
    execute("drop table if exists t", "create table t (site_id text, date text, updated_at integer, rain float)")
    execute("insert into t values ('a', '2020-01-01', null, 1)")
    with pytest.raises(SourceError, match="rows without 'updated_at'"):
        read(url, table="t", columns={"precipitation_sum": "rain"})


def test_a_table_without_any_variable_is_told(url: str, execute: Execute) -> None:
    execute("drop table if exists t", "create table t (site_id text, date text, updated_at integer, rain float)")
    with pytest.raises(SourceError, match="no column called like a variable: its columns are site_id, date"):
        read(url, table="t")


def test_a_name_that_is_none_of_ours_is_told_before_anything_is_read() -> None:
    with pytest.raises(ConfigError, match="maps 'rain', which is none of our names: choose among site_id, date, temp"):
        ObservationsTable(columns={"rain": "RSK"})
    with pytest.raises(ConfigError, match=r"\[database\.sites\] maps 'lat'"):
        SitesTable(columns={"lat": "LAT"})


def test_a_value_that_is_no_number_is_told(url: str, execute: Execute) -> None:
    execute("drop table if exists t", "create table t (site_id text, date text, updated_at integer, rain text)")
    execute("insert into t values ('a', '2020-01-01', 1, 'Ip')")
    with pytest.raises(SourceError, match="precipitation_sum 'Ip'"):
        read(url, table="t", columns={"precipitation_sum": "rain"})


def test_an_sqlite_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no database at"):
        read_sites(f"sqlite:///{tmp_path / 'none.db'}", SitesTable())
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_refuses_is_named_without_its_password() -> None:
    with pytest.raises(SourceUnavailable, match=r"me:\*\*\*@127\.0\.0\.1:1/weather refused: .*refused") as caught:
        read_sites("postgresql://me:hunter2@127.0.0.1:1/weather", SitesTable())
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense", "oracel://x/y"])
def test_a_url_that_names_no_database_is_told(url: str) -> None:
    with pytest.raises(MeteolakeError):
        read_sites(url, SitesTable())


def test_a_unit_that_a_variable_cannot_have_is_told() -> None:
    with pytest.raises(ConfigError, match=r"°C, 0\.1 °C, °F, K"):
        ObservationsTable(units={"temperature_2m_max": "mm"})

"""Whole runs beside a database: where the sites come from, what is deleted there, what it refuses."""

import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.pipeline.runs import NOW, SITES, at, content, database_of

from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.errors import SourceError
from meteolake.pipeline.settings import Database, Settings
from meteolake.sites import Site
from meteolake.tables import OBSERVATIONS_DAILY, WEATHER_DAILY

pytestmark = pytest.mark.usefixtures("trusted_only")


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


def test_the_password_of_a_database_is_in_no_report(settings: Settings) -> None:
    assert "hunter2" not in repr(Database("postgresql://me:hunter2@host/db", SitesTable(), None))
    assert isinstance(SITES[0], Site)

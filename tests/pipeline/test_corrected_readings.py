"""A table that was read in wrong units or from the wrong columns: once that is corrected, its rows are read anew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.conftest import Silent

from meteolake.capture.database import ObservationsTable, SitesTable
from meteolake.errors import BrokenAssumption
from meteolake.lake import ledger, tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.report import Report
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Database, Settings
from meteolake.tables import OBSERVATIONS_DAILY, REVISIONS

pytestmark = pytest.mark.usefixtures("trusted_only")

DAYS = 150
ALL_AGAIN = "150 rows: all, since they are read otherwise than before"
FAHRENHEIT = {"temperature_2m_max": "°F", "temperature_2m_min": "°F"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A station whose thermometer tells °F: 59 to 104, and 50 in the night."""
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table sites (site_id, name, latitude, longitude)"))
        connection.execute(sa.text("insert into sites values ('a', 'Alpha', 50, 10)"))
        columns = "site_id text, date text, temperature_2m_max real, temperature_2m_min real, updated_at integer"
        connection.execute(sa.text(f"create table observations ({columns})"))
        rows = [{"date": date(2025, 1, 1) + timedelta(day), "max": 59 + day % 46} for day in range(DAYS)]
        connection.execute(sa.text("insert into observations values ('a', :date, :max, 50, 1)"), rows)
    engine.dispose()
    database = Database(url, SitesTable(), ObservationsTable())
    return Settings(Zones.below(str(tmp_path / "lake")), Plan("sail", 512, most_refused=0.1), database, None)


def at(settings: Settings, day: int) -> Report:
    return run(settings, Silent(), clock=lambda: datetime(2026, 1, day, tzinfo=UTC))


def reading(settings: Settings, observations: ObservationsTable) -> Settings:
    assert settings.database is not None
    return replace(settings, database=replace(settings.database, observations=observations))


def lenient(settings: Settings) -> Settings:
    return replace(settings, plan=replace(settings.plan, most_refused=1.0))


def content(settings: Settings) -> list[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = tables.dataset(settings.zones, OBSERVATIONS_DAILY).to_table().to_pylist()
    return sorted(rows, key=lambda row: str(row["date"]))


def test_rows_in_a_unit_that_was_not_told_are_read_again_when_it_is(settings: Settings) -> None:
    with pytest.raises(BrokenAssumption, match="142 of 150 new rows"):
        at(settings, 1)
    with pytest.raises(BrokenAssumption):
        at(settings, 1)
    corrected = reading(settings, ObservationsTable(units=FAHRENHEIT))
    report = at(corrected, 2)
    assert report.stages[1].notes == [ALL_AGAIN]
    found = content(corrected)
    assert len(found) == DAYS
    assert (found[0]["temperature_2m_max"], found[45]["temperature_2m_max"]) == (pytest.approx(15), pytest.approx(40))
    assert [row["temperature_2m_min"] for row in found] == [pytest.approx(10)] * DAYS
    assert tables.dataset(corrected.zones, REVISIONS).count_rows() == 0, "the station revised nothing"
    assert not at(corrected, 3).has_changed


@pytest.mark.parametrize(
    "other",
    [
        ObservationsTable(columns={"temperature_2m_max": "temperature_2m_min"}),
        ObservationsTable(missing=(50.0,)),
        ObservationsTable(cursor=None),
    ],
    ids=["columns", "missing values", "cursor"],
)
def test_whatever_changes_how_rows_are_read_reads_all_again(settings: Settings, other: ObservationsTable) -> None:
    changed = lenient(settings)
    at(changed, 1)
    assert at(reading(changed, other), 2).stages[1].notes == [
        "150 rows: all, since they are read otherwise than before"
    ]


def test_what_changes_only_when_rows_are_looked_for_reads_none_again(settings: Settings) -> None:
    changed = lenient(settings)
    at(changed, 1)
    other = ObservationsTable(overlap=timedelta(days=2))
    assert at(reading(changed, other), 2).stages[1].notes == ["nothing has changed"]


def test_another_database_is_read_from_its_beginning(settings: Settings, tmp_path: Path) -> None:
    changed = lenient(settings)
    at(changed, 1)
    assert changed.database is not None
    copied = tmp_path / "moved.db"
    copied.write_bytes((tmp_path / "theirs.db").read_bytes())
    moved = replace(changed, database=replace(changed.database, url=f"sqlite:///{copied}"))
    at(moved, 2)
    assert sum(entry.rows for entry in ledger.entries(moved.zones, "observations")) == 2 * DAYS

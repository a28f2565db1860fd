from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.lake.test_maintenance import fill

from meteolake.errors import LakeError
from meteolake.lake.maintenance import maintain
from meteolake.lake.paths import Zones
from meteolake.lake.query import query
from meteolake.pipeline.settings import Settings


def test_every_zone_can_be_asked(filled: Settings) -> None:
    sql = """
    select s.name, count(*) as days
    from trusted.weather_daily w join trusted.sites s using (site_id) join refined.forecast_daily f using (site_id)
    where f.lead_days = 1 and f.variable = 'precipitation_sum' and w.date >= '2026-10-01'
    group by s.name order by s.name
    """
    found = query(filled.zones, sql).to_pylist()
    assert found[0] == {"name": "Amsterdam", "days": 28}


def test_parameters_are_bound(filled: Settings) -> None:
    found = query(filled.zones, "select count(*) as n from trusted.sites where site_id = ?", ["bergen' or 1=1 --"])
    assert found.to_pylist() == [{"n": 0}]


def test_an_earlier_version_can_be_asked(filled: Settings) -> None:
    assert query(filled.zones, "select count(*) as n from trusted.sites", as_of=0).to_pylist() == [{"n": 0}]


def test_an_instant_whose_files_are_removed_is_told_as_that(zones: Zones) -> None:
    fill(zones, 3)
    then = datetime.now(UTC)
    list(maintain(zones, timedelta(days=1), timedelta(minutes=5)))
    assert query(zones, "select count(*) as n from raw.captures", as_of=then).to_pylist() == [{"n": 3}]
    list(maintain(zones, timedelta(0), timedelta(minutes=5)))
    with pytest.raises(LakeError, match=r"cannot be read as of .* UTC any more: `meteolake maintain` has removed"):
        query(zones, "select max(rows) from raw.captures", as_of=then)


@pytest.mark.parametrize(
    "sql",
    [
        "drop table trusted.sites",
        "insert into trusted.sites select * from trusted.sites",
        "select 1; select 2",
        "copy (select 1) to 'stolen.csv'",
        "select * from read_csv('/etc/passwd')",
        "attach 'other.db'",
        "set memory_limit = '1TB'",
        "install httpfs",
        "",
    ],
)
def test_nothing_but_reading_the_lake_is_possible(filled: Settings, sql: str) -> None:
    with pytest.raises(LakeError):
        query(filled.zones, sql)


def test_an_unknown_table_is_answered_with_those_that_there_are(filled: Settings) -> None:
    with pytest.raises(LakeError, match=r"nothing does not exist.*refined\.forecast_daily"):
        query(filled.zones, "select * from refined.nothing")


def test_a_variable_of_the_process_is_no_table(filled: Settings) -> None:
    rows = query(filled.zones, "select 1 as one")
    assert rows.num_rows == 1
    with pytest.raises(LakeError):
        query(filled.zones, "select * from rows")


def test_an_empty_lake_has_no_tables(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="none yet"):
        query(Zones.below(str(tmp_path)), "select * from trusted.sites")

"""The lake's tables in Glue's catalogue.

moto keeps the catalogue. That Athena reads what is there needs an account; the entries' form is that of its
documentation, and what it can read of Delta is checked on the lake's own logs.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber
from tests.aws.athena_stand_in import DATABASES
from tests.aws.loopback import reachable, running

from meteolake.aws.account import Account
from meteolake.aws.glue import register
from meteolake.errors import CloudError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.publishing import publish
from meteolake.pipeline.settings import Catalogue, Settings
from meteolake.tables import SITES, TABLES, WEATHER_DAILY

ON_S3 = Zones.below("s3://my-lake")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An AWS with the stack's databases, and a lake on S3 whose tables are said to be all there."""
    monkeypatch.setattr(tables, "exists", lambda zones, table: True)
    with running() as started:
        reachable(started, monkeypatch)
        glue = started.client("glue")
        for name in DATABASES.values():
            glue.create_database(DatabaseInput={"Name": name})
        yield started
        for name in DATABASES.values():
            glue.delete_database(Name=name)


def entry(account: Account, database: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = account.client("glue").get_table(DatabaseName=database, Name=name)["Table"]
    return found


def test_every_table_gets_an_entry_once(account: Account) -> None:
    assert register(account, DATABASES, ON_S3) == [table.full_name for table in TABLES]
    assert register(account, DATABASES, ON_S3) == []


def test_an_entry_says_where_the_table_is_and_what_its_columns_mean(account: Account) -> None:
    register(account, DATABASES, ON_S3)
    found = entry(account, "my_lake_trusted", "weather_daily")
    assert found["TableType"] == "EXTERNAL_TABLE"
    assert found["Parameters"]["spark.sql.sources.provider"] == "delta"
    assert "table_type" not in found["Parameters"]
    storage = found["StorageDescriptor"]
    assert storage["Location"] == storage["SerdeInfo"]["Parameters"]["path"] == "s3://my-lake/trusted/weather_daily/"
    columns = {column["Name"]: column for column in storage["Columns"]}
    assert list(columns) == list(WEATHER_DAILY.names)
    assert columns["date"]["Type"] == "date"
    assert columns["temperature_2m_max"]["Comment"] == "highest air temperature at 2 m [°C]"
    assert found["Description"] == WEATHER_DAILY.meaning


def test_what_others_added_to_an_entry_does_not_matter(account: Account) -> None:
    register(account, DATABASES, ON_S3)
    found = entry(account, "my_lake_trusted", "sites")
    kept = {key: found[key] for key in ("Name", "Description", "TableType", "StorageDescriptor", "Parameters")}
    kept["Parameters"] |= {"transient_lastDdlTime": "1780315200"}
    account.client("glue").update_table(DatabaseName="my_lake_trusted", TableInput=kept)
    assert register(account, DATABASES, ON_S3) == []


def test_an_entry_that_differs_is_put_right(account: Account) -> None:
    register(account, DATABASES, ON_S3)
    assert len(register(account, DATABASES, Zones.below("s3://another-lake"))) == len(TABLES)
    found = entry(account, "my_lake_trusted", "sites")
    assert found["StorageDescriptor"]["Location"] == "s3://another-lake/trusted/sites/"


def test_a_table_that_meteolake_has_no_more_disappears_and_others_stay(account: Account) -> None:
    glue = account.client("glue")
    mine = {"created_by": "meteolake", "EXTERNAL": "TRUE"}
    glue.create_table(DatabaseName="my_lake_refined", TableInput={"Name": "old_normals", "Parameters": mine})
    glue.create_table(DatabaseName="my_lake_refined", TableInput={"Name": "somebody_elses"})
    assert "refined.old_normals" in register(account, DATABASES, ON_S3)
    names = {table["Name"] for table in glue.get_tables(DatabaseName="my_lake_refined")["TableList"]}
    assert "somebody_elses" in names
    assert "old_normals" not in names


def test_a_table_that_is_not_made_yet_gets_no_entry(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "exists", lambda zones, table: table == SITES)
    assert register(account, DATABASES, ON_S3) == ["trusted.sites"]


def test_a_lake_on_a_disk_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="zone raw lies at /data/lake/raw"):
        register(account, DATABASES, Zones.below("/data/lake"))


def test_a_missing_permission_is_named(account: Account) -> None:
    client = account.client("glue")
    stubber = Stubber(client)
    stubber.add_client_error("get_tables", "AccessDeniedException", "not authorized to perform: glue:GetTables")
    with stubber, pytest.raises(CloudError, match=r"permission glue:GetTables is missing"):
        register(_with(client), DATABASES, ON_S3)


def test_a_run_tells_athena_where_that_is_wanted(
    account: Account, filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meteolake.pipeline.publishing.public_json.publish", lambda *given: 0)
    wanted = Settings(ON_S3, filled.plan, None, None, catalogue=Catalogue(account, DATABASES))
    assert publish(wanted).rows == {"tables in Glue": len(TABLES)}
    assert publish(wanted).notes == ["unchanged"]


def test_no_comment_is_longer_than_glue_takes() -> None:
    for table in TABLES:
        assert len(table.meaning) <= 2048
        assert all(len(f"{column.meaning} [{column.unit}]".encode()) <= 255 for column in table.columns)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_tables_need_no_reader_that_athena_lacks(filled: Settings, table: Any) -> None:
    """Athena reads Delta up to reader version 3 without deletion vectors; ours stay at the first version."""
    if not tables.exists(filled.zones, table):
        pytest.skip(f"the lake of the tests has no {table.full_name}")
    opened = tables.open_table(filled.zones, table)
    protocol, configuration = opened.protocol(), opened.metadata().configuration
    assert protocol.min_reader_version == 1
    assert not protocol.reader_features
    assert configuration.get("delta.columnMapping.mode", "none") == "none"
    assert configuration.get("delta.enableDeletionVectors", "false") == "false"


def _with(client: Any) -> Account:
    class Prepared(Account):
        """An account with a client that a test prepared."""

        def client(self, service: str) -> Any:
            return client

    return Prepared("us-east-1")

"""The lake's tables in Glue's catalogue, where Athena finds them.

An entry has the form that Athena documents for Delta tables made through Glue's API: the provider `delta`, and the
location as a parameter of the SerDe. Athena reads columns out of the Delta log; ours stand in the entry for people and
for services that read the catalogue alone. (The other documented way, `create external table` through Athena, leaves
no room for columns' comments, and takes a statement for each table.)
"""

from collections.abc import Iterator, Mapping
from typing import Any

from meteolake.aws.account import Account, explained
from meteolake.errors import CloudError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.tables import TABLES, ZONES, Table, Zone

_MARK = {"created_by": "meteolake"}


def register(account: Account, databases: Mapping[str, str], zones: Zones) -> list[str]:
    """Bring the catalogue up to date; gives the names of the tables whose entries changed.

    Entries of tables that meteolake no longer has are removed, if it made them; their data stays.

    Args:
        account: where Glue is.
        databases: the database of each zone.
        zones: a lake on S3.

    Raises:
        CloudError: the lake is not on S3, or Glue refuses.
    """
    if outside := [zone for zone in ZONES if not zones.root(zone).startswith("s3://")]:
        raise CloudError(f"Athena reads lakes on S3 alone: zone {outside[0]} lies at {zones.root(outside[0])}.")
    client = account.client("glue")
    return [name for zone in ZONES for name in _register_zone(client, databases[zone], zone, zones)]


def _register_zone(client: Any, database: str, zone: Zone, zones: Zones) -> Iterator[str]:
    with explained("glue:GetTables", f"database {database}"):
        pages = client.get_paginator("get_tables").paginate(DatabaseName=database)
        entries = {entry["Name"]: entry for page in pages for entry in page["TableList"]}
    declared = {table.name: table for table in TABLES if table.zone == zone}
    for name, table in declared.items():
        if not tables.exists(zones, table):
            continue
        wanted = _entry(table, zones.table(table))
        if name not in entries:
            with explained("glue:CreateTable", f"{database}.{name}"):
                client.create_table(DatabaseName=database, TableInput=wanted)
            yield table.full_name
        elif not _holds(entries[name], wanted):
            with explained("glue:UpdateTable", f"{database}.{name}"):
                client.update_table(DatabaseName=database, TableInput=wanted)
            yield table.full_name
    for name in entries.keys() - declared.keys():
        if _holds(entries[name].get("Parameters", {}), _MARK):
            with explained("glue:DeleteTable", f"{database}.{name}"):
                client.delete_table(DatabaseName=database, Name=name)
            yield f"{zone}.{name}"


def _entry(table: Table, location: str) -> dict[str, Any]:
    return {
        "Name": table.name,
        "Description": table.meaning,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "spark.sql.sources.provider": "delta", **_MARK},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [
                {"Name": column.name, "Type": column.type, "Comment": _comment(column.meaning, column.unit)}
                for column in table.columns
            ],
            "Location": f"{location}/",
            "SerdeInfo": {"Parameters": {"serialization.format": "1", "path": f"{location}/"}},
        },
    }


def _comment(meaning: str, unit: str) -> str:
    return f"{meaning} [{unit}]" if unit else meaning


def _holds(found: Any, wanted: Any) -> bool:
    """Whether an entry has all that is wanted; Glue and its other users add to it."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_holds(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return len(found or ()) == len(wanted) and all(map(_holds, found or (), wanted))
    return bool(found == wanted)

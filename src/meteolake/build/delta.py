"""Reads and writes Delta tables from the engine; nothing else in the jobs does.

Writes are whole replacements of what a predicate names, in one commit that records what it was made from. That makes
a repeated step harmless, and it is the one form of write in which the engines do the same.
"""

import json
from collections.abc import Mapping, Sequence

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that every Spark user knows)

from meteolake.errors import BrokenAssumption
from meteolake.lake.paths import Zones
from meteolake.tables import Table

Metadata = Mapping[str, object]


def read(spark: SparkSession, zones: Zones, table: Table) -> DataFrame:
    """A table with its columns in their declared order."""
    return spark.read.format("delta").load(zones.table(table)).select(*table.names)


def is_whole(spark: SparkSession, zones: Zones, table: Table) -> bool:
    """Whether the table has all columns that are declared; one that an older version wrote may lack some."""
    try:
        return set(table.names) <= set(spark.read.format("delta").load(zones.table(table)).columns)
    except AnalysisException:
        return False


def history(spark: SparkSession, zones: Zones, table: Table) -> list[Row]:
    """The table's commits, newest first; none where there is no table."""
    try:
        return spark.sql(f"describe history delta.`{zones.table(table)}`").collect()
    except AnalysisException:
        return []


def record(spark: SparkSession, zones: Zones, table: Table, metadata: Metadata) -> None:
    """Commit only what a write would have recorded."""
    nothing = spark.read.format("delta").load(zones.table(table)).limit(0)
    writer = nothing.write.format("delta").mode("append").option("userMetadata", json.dumps(dict(metadata)))
    writer.save(zones.table(table))


def create_missing(spark: SparkSession, zones: Zones, table: Table) -> None:
    """Create the table, empty, unless it is there.

    Its columns are nullable, since a column added later is dropped without a word where the others are not.
    """
    try:
        _ = spark.read.format("delta").load(zones.table(table)).schema
    except AnalysisException:
        writer = spark.createDataFrame([], table.ddl).write.format("delta").mode("ignore")
        writer.partitionBy(*table.partition).save(zones.table(table))


def replace_all(rows: DataFrame, zones: Zones, table: Table, metadata: Metadata) -> None:
    """Replace every row of the table."""
    _write(rows, zones, table, metadata, predicate=None)


def replace_years(rows: DataFrame, zones: Zones, table: Table, years: Sequence[int], metadata: Metadata) -> None:
    """Replace the rows of the given years; rows of other years are left out of the source."""
    _replace_where(rows, zones, table, f"year in ({', '.join(map(str, years)) or -1})", metadata)


def replace_sequences(
    rows: DataFrame, zones: Zones, table: Table, spans: Mapping[str, tuple[int, int]], metadata: Metadata
) -> None:
    """Replace the rows that were made from some of the ledger's commits.

    Args:
        rows: the new rows.
        zones: the lake.
        table: has a column `sequence`; without a column `table_name` all its rows are about itself.
        spans: by the name of the table that the rows are about, after which sequence number and up to which, inclusive.
        metadata: what the commit records.
    """
    parts = []
    for name, (after, through) in spans.items():
        about = f"table_name = '{name}' and " if "table_name" in table.names else ""
        parts.append(f"({about}sequence > {after} and sequence <= {through})")
    _replace_where(rows, zones, table, " or ".join(parts), metadata)


def replace_issues(rows: DataFrame, zones: Zones, table: Table, issue_dates: Sequence[str], metadata: Metadata) -> None:
    """Replace the forecasts of the given issue dates (ISO)."""
    dates = ", ".join(f"date'{issue_date}'" for issue_date in issue_dates)
    _replace_where(rows, zones, table, f"issue_date in ({dates})" if dates else "lead_days < 0", metadata)


def _replace_where(rows: DataFrame, zones: Zones, table: Table, predicate: str, metadata: Metadata) -> None:
    # An engine may accept rows outside the predicate and so double them: they are filtered out before the write.
    _write(rows.where(predicate), zones, table, metadata, predicate)


def _write(rows: DataFrame, zones: Zones, table: Table, metadata: Metadata, predicate: str | None) -> None:
    typed = rows.select(*(F.col(column.name).cast(column.type).alias(column.name) for column in table.columns))
    writer = typed.write.format("delta").mode("overwrite").option("userMetadata", json.dumps(dict(metadata)))
    if table.partition:
        writer = writer.partitionBy(*table.partition)
    # A whole table is also brought up to its declared columns.
    whole_or_part = ("overwriteSchema", "true") if predicate is None else ("replaceWhere", predicate)
    writer = writer.option(*whole_or_part)
    writer.save(zones.table(table))
    _check_schema(rows.sparkSession, zones, table)


def _check_schema(spark: SparkSession, zones: Zones, table: Table) -> None:
    written = set(spark.read.format("delta").load(zones.table(table)).columns)
    if lost := set(table.names) - written:
        raise BrokenAssumption(
            f"Table {table.full_name} lacks {', '.join(sorted(lost))} after a write: its files were made by an older "
            "version. Rebuild it from raw with `meteolake run --rebuild`."
        )

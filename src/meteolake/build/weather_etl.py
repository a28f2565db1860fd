"""weather_etl: raw objects to trusted rows, typed and unique, and the refused ones to the quarantine."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import quality, versions
from meteolake.tables import QUARANTINE, WEATHER_DAILY, WEATHER_FORECAST_RAW, Table, ddl
from meteolake.units import conversion

OBSERVATIONS = "observations"
FORECAST_DAYS = 16

_OBSERVED = {
    "site_id": "string",
    "date_text": "string",
    "captured_at": "timestamp",
    "raw_object": "string",
    "is_deleted": "boolean",
}


def observation_rows(captures: DataFrame, variables: Sequence[str]) -> DataFrame:
    """Some variables' observations out of database captures, in the lake's units: one row per site, day and capture."""
    types = _OBSERVED | dict.fromkeys(variables, "double")
    rows = _with_iso_dates(captures.mapInArrow(partial(_in_lake_units, variables=variables), ddl(types)))
    return _dated(rows).withColumn("source", F.lit(OBSERVATIONS))


def trusted(new: DataFrame, known: DataFrame, table: Table, variables: Sequence[str]) -> DataFrame:
    """The table's rows after the new ones have come: those that pass every check, the newest capture of each day.

    Args:
        new: rows of captures.
        known: rows of the table.
        table: a daily table.
        variables: those that were ever captured; empty columns of others are not moved.
    """
    held = table.of_variables(variables)
    rows = _comparable(new, held, is_new=True).unionByName(_comparable(_as_known(known), held, is_new=False))
    found = versions.newest(rows, held, keeps_values=table is WEATHER_DAILY)
    empty = F.lit(None).cast("double")
    return found.select(*(F.col(name) if name in held.names else empty.alias(name) for name in table.names))


def revisions(
    new: DataFrame, known: DataFrame, sequences: DataFrame, table: Table, variables: Sequence[str]
) -> DataFrame:
    """What the new rows changed of the table's rows.

    Args:
        new: rows of captures.
        known: rows of the table.
        sequences: the ledger's sequence of each raw object.
        table: a daily table.
        variables: those that were ever captured.
    """
    held = table.of_variables(variables)
    candidates = _comparable(new, held, is_new=True).join(sequences, "raw_object")
    before = _comparable(_as_known(known), held, is_new=False).withColumn("sequence", F.lit(None).cast("bigint"))
    rows = candidates.unionByName(before)
    return versions.revisions(rows, held, keeps_values=table is WEATHER_DAILY)


def forecasts(new: DataFrame, sequences: DataFrame) -> DataFrame:
    """Every issued forecast that passes the checks; `sequences` gives the ledger's sequence of each raw object."""
    issued = quality.accepted(new, FORECAST_DAYS).withColumnRenamed("captured_at", "issued_at")
    leads = issued.withColumn("lead_days", F.datediff("date", F.to_date("issued_at")))
    return leads.join(sequences, "raw_object").select(*WEATHER_FORECAST_RAW.names)


def refused(new: DataFrame, sequences: DataFrame, table: Table) -> DataFrame:
    """Quarantine rows of what `table` refuses; `sequences` gives the ledger's sequence of each raw object."""
    days_ahead = FORECAST_DAYS if table is WEATHER_FORECAST_RAW else versions.DAYS_AHEAD
    rows = (
        quality.refused(new, days_ahead)
        .withColumn("table_name", F.lit(table.name))
        .withColumnRenamed("date_text", "date")
    )
    return rows.join(sequences, "raw_object").select(*QUARANTINE.names)


def _as_known(rows: DataFrame) -> DataFrame:
    """Rows of a trusted table as if they were captured; a table of one source does not name it."""
    known = rows.withColumn("is_deleted", F.lit(False))
    return known if "source" in rows.columns else known.withColumn("source", F.lit(OBSERVATIONS))


def _comparable(rows: DataFrame, table: Table, *, is_new: bool) -> DataFrame:
    """The columns by which captures of a day are compared."""
    names = dict.fromkeys((*table.names, "source", "is_deleted"))
    return rows.select(*(name for name in names if name != "year"), F.lit(is_new).alias("is_new"))


def _with_iso_dates(rows: DataFrame) -> DataFrame:
    """With dates as ISO texts; databases also write 20200229."""
    return rows.withColumn("date_text", F.regexp_replace("date_text", r"^(\d{4})(\d{2})(\d{2})$", "$1-$2-$3"))


def _dated(rows: DataFrame) -> DataFrame:
    """With the date as a date, null where it is none."""
    return rows.withColumn("date", F.expr("try_cast(date_text as date)"))


def _in_lake_units(batches: Iterable[pa.RecordBatch], variables: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Columns of a database capture with values converted and the source's sentinels removed."""
    for batch in batches:
        table = pa.Table.from_batches([batch])
        for raw_object in pc.unique(table["raw_object"]):
            part = table.filter(pc.field("raw_object") == raw_object)
            yield from _part_in_lake_units(part, variables).to_batches()


def _part_in_lake_units(part: pa.Table, variables: Sequence[str]) -> pa.Table:
    """The same of rows of one raw object, which share their units and sentinels."""
    columns = {name: part["date" if name == "date_text" else name] for name in _OBSERVED}
    units, missing = json.loads(part["units"][0].as_py()), json.loads(part["missing"][0].as_py())
    for name in variables:
        columns[name] = _converted(part[name], units.get(name), missing, name)
    return pa.table(columns)


def _converted(column: pa.ChunkedArray, unit: str | None, missing: list[float], name: str) -> pa.Array:
    values = column.to_numpy(zero_copy_only=False).astype(float)
    values[np.isin(values, missing)] = np.nan
    if unit is not None:
        scale, offset = conversion(unit, name)
        values = values * scale + offset
    return pa.array(values, from_pandas=True)

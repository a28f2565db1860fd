"""The trusted tables: out of the captures that are new, one commit each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import captured, delta, weather_etl
from meteolake.build.archive_days import archive_days
from meteolake.build.context import Context, rows_of
from meteolake.errors import BrokenAssumption
from meteolake.tables import (
    CAPTURES,
    OBSERVATIONS_DAILY,
    QUARANTINE,
    REVISIONS,
    SITES,
    WEATHER_DAILY,
    WEATHER_FORECAST_RAW,
    Table,
)
from meteolake.variables import VARIABLES

_MANY_ROWS = 100


@dataclass(frozen=True)
class Source:
    """A source of daily rows, the trusted table that they go to, and how variables are read out of its raw objects."""

    name: str
    table: Table
    rows: Callable[[SparkSession, list[str], Sequence[str]], DataFrame]


def _of_archive(spark: SparkSession, paths: list[str], variables: Sequence[str]) -> DataFrame:
    return archive_days(spark.read.text(paths), variables)


def _of_stations(spark: SparkSession, paths: list[str], variables: Sequence[str]) -> DataFrame:
    return weather_etl.observation_rows(spark.read.parquet(*paths), variables)


ARCHIVE = Source(captured.OPEN_METEO, WEATHER_DAILY, _of_archive)
STATIONS = Source("observations", OBSERVATIONS_DAILY, _of_stations)
FORECASTS = Source("open_meteo_forecast", WEATHER_FORECAST_RAW, _of_archive)
DAILY = (ARCHIVE, STATIONS)
SOURCES = (*DAILY, FORECASTS)


def sites(context: Context) -> None:
    """Replace the sites by the newest list."""
    newest = captured.newest(context.new_captures("sites"))
    rows = context.spark.read.parquet(context.zones.raw_object(newest.raw_object))
    delta.replace_all(rows, context.zones, SITES, context.metadata)


def trusted(source: Source, context: Context) -> None:
    """Replace the years that captures reach by their rows and those of the new captures."""
    captures, variables = context.new_captures(source.name), context.ledger.variables(source.name)
    _stop_if_too_many_are_refused(source, captures, context)
    years = captured.years(captures)
    known = context.known(source.table).where(F.col("year").isin(years))
    new = source.rows(context.spark, captured.object_paths(captures, context.zones), variables)
    rows = weather_etl.trusted(new, known, source.table, variables)
    context.replace_years(rows, source.table, years)


def _stop_if_too_many_are_refused(source: Source, captures: DataFrame, context: Context) -> None:
    after, through = context.span
    is_new = (F.col("sequence") > after) & (F.col("sequence") <= through)
    quarantined = context.read(QUARANTINE).where((F.col("table_name") == source.table.name) & is_new)
    if quarantined.limit(_MANY_ROWS).count() < _MANY_ROWS:
        return
    counted = captured.of_newest_reading(captures)
    quarantined = quarantined.join(counted.select("raw_object").distinct(), "raw_object", "left_semi")
    refused = quarantined.select("site_id", "date", "raw_object").distinct().count()
    came = rows_of(counted)
    if refused >= _MANY_ROWS and refused > context.most_refused * came:
        rules = ", ".join(row.rule for row in quarantined.select("rule").distinct().orderBy("rule").collect())
        raise BrokenAssumption(
            f"{refused:,} of {came:,} new rows for {source.table.full_name} are refused ({rules}), more than the share "
            f"of {context.most_refused:g} that [quality] most_refused allows: nothing of them was taken. "
            "`meteolake quality` shows what is wrong; correct the source's units or columns, or raise the limit."
        )


def weather_forecast_raw(context: Context) -> None:
    """Add the forecasts that the service issued."""
    captures = context.new_captures(FORECASTS.name)
    new = FORECASTS.rows(context.spark, captured.object_paths(captures, context.zones), tuple(VARIABLES))
    rows = weather_etl.forecasts(new, captured.sequences(captures))
    spans = {FORECASTS.table.name: context.span}
    delta.replace_sequences(rows, context.zones, WEATHER_FORECAST_RAW, spans, context.metadata)


def quarantine(context: Context) -> None:
    """Add the rows that fail a check."""
    refused = context.read(QUARANTINE).limit(0)
    for source in SOURCES:
        captures = context.new_captures(source.name)
        if paths := captured.object_paths(captures, context.zones):
            rows = source.rows(context.spark, paths, context.ledger.variables(source.name))
            refused = refused.unionByName(weather_etl.refused(rows, captured.sequences(captures), source.table))
    spans = {source.table.name: context.span for source in SOURCES}
    delta.replace_sequences(refused, context.zones, QUARANTINE, spans, context.metadata)


def revisions(context: Context) -> None:
    """Compare captures that a daily table has not read yet with what it holds."""
    ledger, found = context.read(CAPTURES), context.read(REVISIONS).limit(0)
    spans = {source.table.name: (context.since.get(source.table.name, 0), context.span[1]) for source in DAILY}
    for source in DAILY:
        span = spans[source.table.name]
        captures = captured.contested(ledger, source.name, span)
        if paths := captured.object_paths(captures, context.zones):
            [shared] = captures.agg(F.min("shared_from").alias("first"), F.max("shared_until").alias("last")).collect()
            is_shared = F.col("date").between(shared.first, shared.last)
            variables = context.ledger.variables(source.name)
            new = source.rows(context.spark, paths, variables).where(is_shared)
            delta.create_missing(context.spark, context.zones, source.table)
            known = context.read(source.table).where(is_shared & F.col("year").isin(captured.years(captures)))
            before = known if span[0] else known.limit(0)
            changes = weather_etl.revisions(new, before, captured.sequences(captures), source.table, variables)
            found = found.unionByName(changes)
    delta.replace_sequences(found, context.zones, REVISIONS, spans, context.metadata)

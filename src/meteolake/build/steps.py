"""The steps: which table is made from what, the whole system on one page.

An output is due when one of its inputs has moved since the output's newest commit, which records how far it had read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import captured, delta, weather_analysis, weather_etl, weather_forecast
from meteolake.lake.paths import Zones
from meteolake.tables import (
    ANOMALIES_DAILY,
    CAPTURES,
    CLIMATE_INDICES,
    CLIMATE_NORMALS,
    FORECAST_DAILY,
    FORECAST_SCORES,
    MONTHLY_SUMMARY,
    OBSERVATIONS_DAILY,
    QUARANTINE,
    REANALYSIS_BIAS,
    REVISIONS,
    SITES,
    TRENDS,
    WEATHER_DAILY,
    WEATHER_FORECAST_RAW,
    Table,
)

Progress = Mapping[str, int]
"""How far each input has been read: a sequence number for the ledger (`captures`), versions for other tables."""


@dataclass(frozen=True)
class Context:
    """What making an output needs: the engine, where the lake lies, and which part of the inputs is new.

    `after` and `through` tell how far the output has read each input and how far it can now; `since` how far the tables
    that it compares with have read the ledger.
    """

    spark: SparkSession
    zones: Zones
    run_id: str
    after: Progress
    through: Progress
    since: Progress = field(default_factory=dict)

    @property
    def span(self) -> captured.Span:
        """The ledger's sequence numbers that are new to the output."""
        return self.after.get(CAPTURES.name, 0), self.through[CAPTURES.name]

    @property
    def metadata(self) -> dict[str, object]:
        """What the commit records."""
        return {"run_id": self.run_id, "inputs": dict(self.through)}

    def read(self, table: Table) -> DataFrame:
        """A table of the lake."""
        return delta.read(self.spark, self.zones, table)

    def new_captures(self, source: str) -> DataFrame:
        """The captures of a source that are new to the output."""
        return captured.new_captures(self.read(CAPTURES), source, self.span)


@dataclass(frozen=True)
class Output:
    """A table, the sources and tables that it is made from, and how; `since` are tables that it compares with."""

    table: Table
    make: Callable[[Context], None]
    sources: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    since: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Step:
    """Outputs that are made one after the other."""

    name: str
    outputs: tuple[Output, ...]


def make(output: Output, context: Context) -> None:
    """Make one output, creating its table before the first time."""
    delta.create_missing(context.spark, context.zones, output.table)
    output.make(context)


@dataclass(frozen=True)
class _Daily:
    """A source of daily rows, the trusted table that they go to, and how they are read out of their raw objects."""

    name: str
    table: Table
    rows: Callable[[SparkSession, list[str]], DataFrame]


_ARCHIVE = _Daily("open_meteo", WEATHER_DAILY, lambda spark, paths: weather_etl.archive_rows(spark.read.text(paths)))
_STATIONS = _Daily(
    "observations", OBSERVATIONS_DAILY, lambda spark, paths: weather_etl.observation_rows(spark.read.parquet(*paths))
)
_FORECASTS = _Daily("open_meteo_forecast", WEATHER_FORECAST_RAW, _ARCHIVE.rows)
_DAILY = (_ARCHIVE, _STATIONS)
_SOURCES = (*_DAILY, _FORECASTS)


def _sites(context: Context) -> None:
    newest = captured.newest(context.new_captures("sites"))
    rows = context.spark.read.parquet(context.zones.raw_object(newest.raw_object))
    delta.replace_all(rows, context.zones, SITES, context.metadata)


def _trusted(source: _Daily, context: Context) -> None:
    """Replace the years that captures reach by their rows and those of the new captures."""
    captures = context.new_captures(source.name)
    years = captured.years(captures)
    known = context.read(source.table).where(F.col("year").isin(years))
    new = source.rows(context.spark, captured.object_paths(captures, context.zones))
    rows = weather_etl.trusted(new, known, source.table)
    delta.replace_years(rows, context.zones, source.table, years, context.metadata)


def _weather_forecast_raw(context: Context) -> None:
    captures = context.new_captures(_FORECASTS.name)
    new = _FORECASTS.rows(context.spark, captured.object_paths(captures, context.zones))
    rows = weather_etl.forecasts(new, captured.sequences(captures))
    spans = {_FORECASTS.table.name: context.span}
    delta.replace_sequences(rows, context.zones, WEATHER_FORECAST_RAW, spans, context.metadata)


def _quarantine(context: Context) -> None:
    refused = context.read(QUARANTINE).limit(0)
    for source in _SOURCES:
        captures = context.new_captures(source.name)
        if paths := captured.object_paths(captures, context.zones):
            rows = source.rows(context.spark, paths)
            refused = refused.unionByName(weather_etl.refused(rows, captured.sequences(captures), source.table))
    spans = {source.table.name: context.span for source in _SOURCES}
    delta.replace_sequences(refused, context.zones, QUARANTINE, spans, context.metadata)


def _revisions(context: Context) -> None:
    """Compare captures that a daily table has not read yet with what it holds."""
    ledger, found = context.read(CAPTURES), context.read(REVISIONS).limit(0)
    spans = {source.table.name: (context.since.get(source.table.name, 0), context.span[1]) for source in _DAILY}
    for source in _DAILY:
        captures = captured.captured_again(ledger, captured.new_captures(ledger, source.name, spans[source.table.name]))
        if paths := captured.object_paths(captures, context.zones):
            delta.create_missing(context.spark, context.zones, source.table)
            known = context.read(source.table).where(F.col("year").isin(captured.years(captures)))
            rows = source.rows(context.spark, paths)
            changes = weather_etl.revisions(rows, known, captured.sequences(captures), source.table)
            found = found.unionByName(changes)
    delta.replace_sequences(found, context.zones, REVISIONS, spans, context.metadata)


def _weather(context: Context) -> DataFrame:
    """Daily weather of the newest model of the archive; days of a model used before stay in the trusted table."""
    newest = captured.newest(context.read(CAPTURES).where(F.col("source") == _ARCHIVE.name))
    return context.read(WEATHER_DAILY).where(F.col("source") == newest.product)


def _climate_normals(context: Context) -> None:
    rows = weather_analysis.climate_normals(_weather(context))
    delta.replace_all(rows, context.zones, CLIMATE_NORMALS, context.metadata)


def _anomalies_daily(context: Context) -> None:
    rows = weather_analysis.anomalies_daily(_weather(context))
    delta.replace_all(rows, context.zones, ANOMALIES_DAILY, context.metadata)


def _monthly_summary(context: Context) -> None:
    rows = weather_analysis.monthly_summary(_weather(context))
    delta.replace_all(rows, context.zones, MONTHLY_SUMMARY, context.metadata)


def _climate_indices(context: Context) -> None:
    rows = weather_analysis.climate_indices(_weather(context), context.read(SITES))
    delta.replace_all(rows, context.zones, CLIMATE_INDICES, context.metadata)


def _trends(context: Context) -> None:
    delta.replace_all(weather_analysis.trends(_weather(context)), context.zones, TRENDS, context.metadata)


def _reanalysis_bias(context: Context) -> None:
    rows = weather_analysis.reanalysis_bias(_weather(context), context.read(OBSERVATIONS_DAILY))
    delta.replace_all(rows, context.zones, REANALYSIS_BIAS, context.metadata)


def _forecast_scores(context: Context) -> None:
    rows = weather_forecast.forecast_scores(_weather(context), context.read(SITES), context.run_id)
    delta.replace_all(rows, context.zones, FORECAST_SCORES, context.metadata)


def _forecast_daily(context: Context) -> None:
    daily, sites, scores = _weather(context), context.read(SITES), context.read(FORECAST_SCORES)
    issued = weather_forecast.newest_days(daily)
    dates = sorted(row.issue_date.isoformat() for row in issued.select("issue_date").distinct().collect())
    known = context.read(FORECAST_DAILY).where(F.col("issue_date").isin(dates))
    # Sites that have moved on keep what they issued on a day on which another site still stands.
    kept = known.join(issued, ["site_id", "issue_date"], "left_anti").select(*FORECAST_DAILY.names)
    rows = weather_forecast.forecast_daily(daily, sites, scores, context.run_id).unionByName(kept)
    delta.replace_issues(rows, context.zones, FORECAST_DAILY, dates, context.metadata)


STEPS = (
    Step(
        "weather_etl",
        (
            Output(SITES, _sites, sources=("sites",)),
            # Before the tables whose values it compares with what is new, as they were.
            Output(
                REVISIONS,
                _revisions,
                sources=tuple(source.name for source in _DAILY),
                since=tuple(source.table for source in _DAILY),
            ),
            Output(WEATHER_DAILY, partial(_trusted, _ARCHIVE), sources=(_ARCHIVE.name,)),
            Output(OBSERVATIONS_DAILY, partial(_trusted, _STATIONS), sources=(_STATIONS.name,)),
            Output(WEATHER_FORECAST_RAW, _weather_forecast_raw, sources=(_FORECASTS.name,)),
            Output(QUARANTINE, _quarantine, sources=tuple(source.name for source in _SOURCES)),
        ),
    ),
    Step(
        "weather_analysis",
        (
            Output(CLIMATE_NORMALS, _climate_normals, tables=(WEATHER_DAILY,)),
            Output(ANOMALIES_DAILY, _anomalies_daily, tables=(WEATHER_DAILY,)),
            Output(MONTHLY_SUMMARY, _monthly_summary, tables=(WEATHER_DAILY,)),
            Output(CLIMATE_INDICES, _climate_indices, tables=(WEATHER_DAILY, SITES)),
            Output(TRENDS, _trends, tables=(WEATHER_DAILY,)),
            Output(REANALYSIS_BIAS, _reanalysis_bias, tables=(WEATHER_DAILY, OBSERVATIONS_DAILY)),
        ),
    ),
    Step(
        "weather_forecast",
        (
            Output(FORECAST_SCORES, _forecast_scores, tables=(WEATHER_DAILY, SITES)),
            Output(FORECAST_DAILY, _forecast_daily, tables=(WEATHER_DAILY, SITES, FORECAST_SCORES)),
        ),
    ),
)

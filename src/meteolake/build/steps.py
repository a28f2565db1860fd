"""The steps: which table is made from what, the whole system on one page.

An output is due when one of its inputs has moved since the output's newest commit, which records how far it had read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import delta, weather_analysis, weather_etl, weather_forecast
from meteolake.lake.paths import Zones
from meteolake.tables import (
    ANOMALIES_DAILY,
    CAPTURES,
    CLIMATE_NORMALS,
    FORECAST_DAILY,
    FORECAST_SCORES,
    MONTHLY_SUMMARY,
    OBSERVATIONS_DAILY,
    QUARANTINE,
    SITES,
    WEATHER_DAILY,
    Table,
)

Progress = Mapping[str, int]
"""How far each input has been read: a sequence number for the ledger (`captures`), versions for other tables."""


@dataclass(frozen=True)
class Context:
    """What making an output needs: the engine, where the lake lies, and which part of the inputs is new."""

    spark: SparkSession
    zones: Zones
    run_id: str
    after: Progress
    through: Progress

    @property
    def metadata(self) -> dict[str, object]:
        """What the commit records."""
        return {"run_id": self.run_id, "inputs": dict(self.through)}

    def read(self, table: Table) -> DataFrame:
        """A table of the lake."""
        return delta.read(self.spark, self.zones, table)


@dataclass(frozen=True)
class Output:
    """A table, the sources and tables that it is made from, and how."""

    table: Table
    make: Callable[[Context], None]
    sources: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Step:
    """Outputs that are made one after the other."""

    name: str
    outputs: tuple[Output, ...]


def make(output: Output, context: Context) -> None:
    """Make one output, creating its table before the first time."""
    delta.create_missing(context.spark, context.zones, output.table)
    output.make(context)


def _sites(context: Context) -> None:
    newest = _newest(_captures(context, "sites"))
    rows = context.spark.read.parquet(context.zones.raw_object(newest.raw_object))
    delta.replace_all(rows, context.zones, SITES, context.metadata)


def _weather_daily(context: Context) -> None:
    _merge(context, _archive_rows(context, _paths(context, "open_meteo")), WEATHER_DAILY, "open_meteo")


def _observations_daily(context: Context) -> None:
    _merge(context, _observation_rows(context, _paths(context, "observations")), OBSERVATIONS_DAILY, "observations")


def _weather(context: Context) -> DataFrame:
    """Daily weather of the newest model of the archive; days of a model used before stay in the trusted table."""
    newest = _newest(context.read(CAPTURES).where(F.col("source") == "open_meteo"))
    return context.read(WEATHER_DAILY).where(F.col("source") == newest.product)


def _merge(context: Context, new: DataFrame, table: Table, source: str) -> None:
    """Replace the years that captures reach by their rows and those of the new captures."""
    years = _years(_captures(context, source))
    known = context.read(table).where(F.col("year").isin(years))
    delta.replace_years(weather_etl.trusted(new, known, table), context.zones, table, years, context.metadata)


def _quarantine(context: Context) -> None:
    refused = context.read(QUARANTINE).limit(0)
    for source, table, parsed in (
        ("open_meteo", WEATHER_DAILY, _archive_rows),
        ("observations", OBSERVATIONS_DAILY, _observation_rows),
    ):
        if paths := _paths(context, source):
            rows = weather_etl.refused(parsed(context, paths), _sequences(context, source), table)
            refused = refused.unionByName(rows)
    delta.replace_sequences(refused, context.zones, QUARANTINE, *_span(context), context.metadata)


def _climate_normals(context: Context) -> None:
    rows = weather_analysis.climate_normals(_weather(context))
    delta.replace_all(rows, context.zones, CLIMATE_NORMALS, context.metadata)


def _anomalies_daily(context: Context) -> None:
    rows = weather_analysis.anomalies_daily(_weather(context))
    delta.replace_all(rows, context.zones, ANOMALIES_DAILY, context.metadata)


def _monthly_summary(context: Context) -> None:
    rows = weather_analysis.monthly_summary(_weather(context))
    delta.replace_all(rows, context.zones, MONTHLY_SUMMARY, context.metadata)


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


def _captures(context: Context, source: str) -> DataFrame:
    """The new captures of a source."""
    after, through = _span(context)
    is_new = (F.col("sequence") > after) & (F.col("sequence") <= through)
    return context.read(CAPTURES).where((F.col("source") == source) & is_new)


def _newest(captures: DataFrame) -> Row:
    """The newest of some captures, of which there is one at least: outputs without captures are never due."""
    return captures.orderBy(F.desc("sequence")).limit(1).collect()[0]


def _span(context: Context) -> tuple[int, int]:
    """The ledger's sequence numbers to read: after the first, up to the second."""
    return context.after.get(CAPTURES.name, 0), context.through[CAPTURES.name]


def _paths(context: Context, source: str) -> list[str]:
    objects = _captures(context, source).select("raw_object").distinct().orderBy("raw_object").collect()
    return [context.zones.raw_object(row.raw_object) for row in objects]


def _sequences(context: Context, source: str) -> DataFrame:
    return _captures(context, source).select("raw_object", "sequence").distinct()


def _years(captures: DataFrame) -> list[int]:
    """The years that captures reach, by the dates in the ledger."""
    spans = captures.select(F.year("first_date").alias("first"), F.year("last_date").alias("last")).distinct().collect()
    return sorted({year for span in spans if span.first is not None for year in range(span.first, span.last + 1)})


def _archive_rows(context: Context, paths: list[str]) -> DataFrame:
    return weather_etl.archive_rows(context.spark.read.text(paths))


def _observation_rows(context: Context, paths: list[str]) -> DataFrame:
    return weather_etl.observation_rows(context.spark.read.parquet(*paths))


STEPS = (
    Step(
        "weather_etl",
        (
            Output(SITES, _sites, sources=("sites",)),
            Output(WEATHER_DAILY, _weather_daily, sources=("open_meteo",)),
            Output(OBSERVATIONS_DAILY, _observations_daily, sources=("observations",)),
            Output(QUARANTINE, _quarantine, sources=("open_meteo", "observations")),
        ),
    ),
    Step(
        "weather_analysis",
        (
            Output(CLIMATE_NORMALS, _climate_normals, tables=(WEATHER_DAILY,)),
            Output(ANOMALIES_DAILY, _anomalies_daily, tables=(WEATHER_DAILY,)),
            Output(MONTHLY_SUMMARY, _monthly_summary, tables=(WEATHER_DAILY,)),
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

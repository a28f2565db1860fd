"""The refined tables of the climate: what changed of the trusted weather is made anew, and nothing else."""

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import captured, delta, departures, settled, weather_analysis
from meteolake.build.context import Context
from meteolake.build.trusted_outputs import ARCHIVE, STATIONS
from meteolake.tables import (
    ANOMALIES_DAILY,
    CLIMATE_INDICES,
    CLIMATE_NORMALS,
    MONTHLY_NORMALS,
    MONTHLY_SUMMARY,
    OBSERVATIONS_DAILY,
    REANALYSIS_BIAS,
    SITES,
    TRENDS,
    Table,
)


def settled_weather(context: Context) -> DataFrame:
    """Daily weather of settled months."""
    until = settled.settled(context.archive, context.span[1])
    return context.weather.join(until, "site_id").where(F.col("date") <= F.col("settled_until")).drop("settled_until")


def _of_changed_sites(
    table: Table, compute: Callable[[Context, DataFrame], DataFrame], which: Callable[[Context], DataFrame]
) -> Callable[[Context], None]:
    """Make the rows of sites whose settled weather changed anew, and keep those of the others."""

    def make(context: Context) -> None:
        changed = which(context)
        if not context.is_first and not changed.limit(1).count():
            return
        rows = compute(context, settled_weather(context).join(changed, "site_id", "left_semi"))
        kept = context.known(table).join(changed, "site_id", "left_anti").select(*table.names)
        delta.replace_all(rows.unionByName(kept), context.zones, table, context.metadata)

    return make


def changed_sites(context: Context) -> DataFrame:
    """The sites whose settled weather changed, and from which day on."""
    return settled.changes(context.archive, context.span)


def _changed_in_base(context: Context) -> DataFrame:
    """The changes that may change a site's normals."""
    changed = changed_sites(context)
    if context.is_first:
        return changed
    unharmed = settled.outside_base(changed, context.read(CLIMATE_NORMALS), context.period)
    return changed.join(unharmed, "site_id", "left_anti")


def _changed_of_either(context: Context) -> DataFrame:
    """The changes of the archive; all sites where stations brought something of settled months."""
    until = settled.settled(context.archive, context.span[1])
    [newest] = until.agg(F.max("settled_until").alias("day")).collect()
    observed = context.new_captures(STATIONS.name)
    is_settled = F.coalesce(F.col("first_date"), F.lit(newest.day)) <= F.lit(newest.day)
    return until if observed.where(is_settled).limit(1).count() else changed_sites(context)


def _normals(context: Context, daily: DataFrame) -> DataFrame:
    return weather_analysis.climate_normals(daily, context.variables, context.period)


def _monthly_normals(context: Context, daily: DataFrame) -> DataFrame:
    return weather_analysis.monthly_normals(daily, context.variables, context.period)


def _climate_indices(context: Context, daily: DataFrame) -> DataFrame:
    return weather_analysis.climate_indices(daily, context.read(SITES), context.period)


def _trends(context: Context, daily: DataFrame) -> DataFrame:
    return weather_analysis.trends(daily, context.variables)


def _reanalysis_bias(context: Context, daily: DataFrame) -> DataFrame:
    return weather_analysis.reanalysis_bias(daily, context.read(OBSERVATIONS_DAILY))


def anomalies_daily(context: Context) -> None:
    """Replace the years that captures reach, or all where normals changed."""
    normals = context.read(CLIMATE_NORMALS)
    is_whole = context.is_first or _changed_in_base(context).limit(1).count() > 0
    if is_whole:
        rows = departures.anomalies_daily(context.weather, normals, context.variables)
        delta.replace_all(rows, context.zones, ANOMALIES_DAILY, context.metadata)
        return
    years = captured.years(context.new_captures(ARCHIVE.name))
    weather = context.weather.where(F.col("year").isin(years))
    rows = departures.anomalies_daily(weather, normals, context.variables)
    delta.replace_years(rows, context.zones, ANOMALIES_DAILY, years, context.metadata)


def monthly_summary(context: Context) -> None:
    """Replace the years that captures reach."""
    years = captured.years(context.new_captures(ARCHIVE.name))
    weather = context.weather if context.is_first else context.weather.where(F.col("year").isin(years))
    rows = weather_analysis.monthly_summary(weather, context.variables)
    context.replace_years(rows, MONTHLY_SUMMARY, years)


climate_normals = _of_changed_sites(CLIMATE_NORMALS, _normals, _changed_in_base)
monthly_normals = _of_changed_sites(MONTHLY_NORMALS, _monthly_normals, _changed_in_base)
climate_indices = _of_changed_sites(CLIMATE_INDICES, _climate_indices, changed_sites)
trends = _of_changed_sites(TRENDS, _trends, changed_sites)
reanalysis_bias = _of_changed_sites(REANALYSIS_BIAS, _reanalysis_bias, _changed_of_either)

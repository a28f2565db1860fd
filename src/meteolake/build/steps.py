"""The steps: which table is made from what, the whole system on one page.

An output is due when one of its inputs has moved since the output's newest commit, which records how far it had read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from meteolake.build import climate_outputs, delta, forecast_outputs, quality_outputs, trusted_outputs
from meteolake.build.context import Context
from meteolake.build.trusted_outputs import ARCHIVE, DAILY, FORECASTS, SOURCES, STATIONS
from meteolake.tables import (
    ANOMALIES_DAILY,
    CLIMATE_INDICES,
    CLIMATE_NORMALS,
    FORECAST_DAILY,
    FORECAST_SCORES,
    MONTHLY_NORMALS,
    MONTHLY_SUMMARY,
    OBSERVATION_FLAGS,
    OBSERVATIONS_DAILY,
    QUARANTINE,
    REANALYSIS_BIAS,
    REVISIONS,
    SITES,
    TRENDS,
    WEATHER_DAILY,
    WEATHER_FLAGS,
    WEATHER_FORECAST_RAW,
    Table,
)


@dataclass(frozen=True)
class Output:
    """A table, the sources and tables that it is made from, and how.

    `since` are tables that it compares with; with `has_period` it is made anew when the base period is another.
    """

    table: Table
    make: Callable[[Context], None]
    sources: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    since: tuple[Table, ...] = ()
    has_period: bool = False


@dataclass(frozen=True)
class Step:
    """Outputs that are made one after the other."""

    name: str
    outputs: tuple[Output, ...]


def make(output: Output, context: Context) -> None:
    """Make one output, creating its table before the first time."""
    delta.create_missing(context.spark, context.zones, output.table)
    output.make(context)


def _climate(table: Table, make: Callable[[Context], None], *tables: Table) -> Output:
    """A table that is made from the archive's daily weather."""
    return Output(table, make, sources=(ARCHIVE.name,), tables=(WEATHER_DAILY, *tables), has_period=True)


STEPS = (
    Step(
        "weather_etl",
        (
            Output(SITES, trusted_outputs.sites, sources=("sites",)),
            # Before the daily tables, which take nothing where too much is refused.
            Output(QUARANTINE, trusted_outputs.quarantine, sources=tuple(source.name for source in SOURCES)),
            # Before the tables whose values it compares with what is new, as they were.
            Output(
                REVISIONS,
                trusted_outputs.revisions,
                sources=tuple(source.name for source in DAILY),
                since=tuple(source.table for source in DAILY),
            ),
            Output(WEATHER_DAILY, partial(trusted_outputs.trusted, ARCHIVE), sources=(ARCHIVE.name,)),
            Output(OBSERVATIONS_DAILY, partial(trusted_outputs.trusted, STATIONS), sources=(STATIONS.name,)),
            Output(WEATHER_FORECAST_RAW, trusted_outputs.weather_forecast_raw, sources=(FORECASTS.name,)),
            Output(
                WEATHER_FLAGS, quality_outputs.weather_flags, sources=(ARCHIVE.name,), tables=(WEATHER_DAILY, SITES)
            ),
            Output(
                OBSERVATION_FLAGS,
                quality_outputs.observation_flags,
                sources=(STATIONS.name,),
                tables=(OBSERVATIONS_DAILY, SITES),
            ),
        ),
    ),
    Step(
        "weather_analysis",
        (
            _climate(CLIMATE_NORMALS, climate_outputs.climate_normals),
            _climate(MONTHLY_NORMALS, climate_outputs.monthly_normals),
            _climate(ANOMALIES_DAILY, climate_outputs.anomalies_daily),
            _climate(MONTHLY_SUMMARY, climate_outputs.monthly_summary),
            _climate(CLIMATE_INDICES, climate_outputs.climate_indices, SITES),
            _climate(TRENDS, climate_outputs.trends),
            Output(
                REANALYSIS_BIAS,
                climate_outputs.reanalysis_bias,
                sources=(ARCHIVE.name, STATIONS.name),
                tables=(WEATHER_DAILY, OBSERVATIONS_DAILY),
            ),
        ),
    ),
    Step(
        "weather_forecast",
        (
            Output(
                FORECAST_SCORES,
                forecast_outputs.forecast_scores,
                sources=(ARCHIVE.name,),
                tables=(WEATHER_DAILY, SITES, CLIMATE_NORMALS),
            ),
            Output(FORECAST_DAILY, forecast_outputs.forecast_daily, tables=(WEATHER_DAILY, SITES, FORECAST_SCORES)),
        ),
    ),
)

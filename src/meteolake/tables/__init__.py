"""Every table of the lake: zone, columns with type, unit and meaning, key and partition.

The schemas of the engine, the documentation and the SQL catalogue are made from these entries; nothing repeats them.
"""

from meteolake.tables.captured import (
    CAPTURES,
    OBSERVATION_FLAGS,
    OBSERVATIONS_DAILY,
    QUARANTINE,
    REVISIONS,
    SITES,
    WEATHER_DAILY,
    WEATHER_FLAGS,
    WEATHER_FORECAST_RAW,
)
from meteolake.tables.refined import (
    ANOMALIES_DAILY,
    CLIMATE_INDICES,
    CLIMATE_NORMALS,
    FORECAST_DAILY,
    FORECAST_SCORES,
    HELD_BACK,
    ISSUED,
    MONTHLY_NORMALS,
    MONTHLY_SUMMARY,
    REANALYSIS_BIAS,
    TRENDS,
)
from meteolake.tables.schema import LEAD_DAYS, QUANTILES, ZONES, Column, Table, Type, Zone, ddl, quantile_column

__all__ = [
    "ANOMALIES_DAILY",
    "CAPTURES",
    "CLIMATE_INDICES",
    "CLIMATE_NORMALS",
    "FORECAST_DAILY",
    "FORECAST_SCORES",
    "HELD_BACK",
    "ISSUED",
    "LEAD_DAYS",
    "MONTHLY_NORMALS",
    "MONTHLY_SUMMARY",
    "OBSERVATIONS_DAILY",
    "OBSERVATION_FLAGS",
    "QUANTILES",
    "QUARANTINE",
    "REANALYSIS_BIAS",
    "REVISIONS",
    "SITES",
    "TABLES",
    "TRENDS",
    "WEATHER_DAILY",
    "WEATHER_FLAGS",
    "WEATHER_FORECAST_RAW",
    "ZONES",
    "Column",
    "Table",
    "Type",
    "Zone",
    "ddl",
    "quantile_column",
]

TABLES: tuple[Table, ...] = (
    CAPTURES,
    SITES,
    WEATHER_DAILY,
    OBSERVATIONS_DAILY,
    WEATHER_FORECAST_RAW,
    QUARANTINE,
    WEATHER_FLAGS,
    OBSERVATION_FLAGS,
    REVISIONS,
    CLIMATE_NORMALS,
    MONTHLY_NORMALS,
    ANOMALIES_DAILY,
    MONTHLY_SUMMARY,
    CLIMATE_INDICES,
    TRENDS,
    REANALYSIS_BIAS,
    FORECAST_DAILY,
    FORECAST_SCORES,
)

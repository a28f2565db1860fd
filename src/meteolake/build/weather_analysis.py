"""weather_analysis: trusted daily weather to normals, anomalies and months."""

import numpy as np
from pyspark.sql import DataFrame

from meteolake.build.series import Columns, Series, map_series
from meteolake.climate.anomalies import anomalies
from meteolake.climate.calendar import DAYS, years
from meteolake.climate.monthly import months
from meteolake.climate.normals import cycle, normals
from meteolake.tables import ANOMALIES_DAILY, CLIMATE_NORMALS, MONTHLY_SUMMARY
from meteolake.variables import PRECIPITATION, VARIABLES, WET_DAY_MM


def climate_normals(daily: DataFrame) -> DataFrame:
    """Normals of every site and variable, one row per day of the year."""
    return map_series(daily, CLIMATE_NORMALS, _normal_rows)


def anomalies_daily(daily: DataFrame) -> DataFrame:
    """Departures of each day from its site's normal, in the variable's unit and standardised."""
    return map_series(daily, ANOMALIES_DAILY, _anomaly_rows)


def monthly_summary(daily: DataFrame) -> DataFrame:
    """Months of every site and variable by the variable's roll-up."""
    return map_series(daily, MONTHLY_SUMMARY, _month_rows)


def _normal_rows(series: Series) -> Columns:
    normal = normals(series.dates, series.values, wet_day=_wet_day(series))
    return {
        "site_id": series.site_id,
        "variable": series.variable,
        "day_of_year": np.arange(1, DAYS + 1),
        "mean": normal.cycle.mean,
        "spread": normal.cycle.spread,
        "q10": normal.quantile_10,
        "q50": normal.quantile_50,
        "q90": normal.quantile_90,
        "wet_day_share": normal.wet_day_share,
        "years": normal.years,
        "base_from": normal.cycle.base_from,
        "base_until": normal.cycle.base_until,
    }


def _anomaly_rows(series: Series) -> Columns:
    anomaly, standardised = anomalies(series.dates, series.values, cycle(series.dates, series.values))
    return {
        "site_id": series.site_id,
        "variable": series.variable,
        "date": series.dates,
        "value": series.values,
        "anomaly": anomaly,
        "standardised": standardised,
        "year": years(series.dates),
    }


def _month_rows(series: Series) -> Columns:
    found = months(series.dates, series.values, VARIABLES[series.variable].roll_up, _wet_day(series))
    return {
        "site_id": series.site_id,
        "variable": series.variable,
        "month": found.month,
        "value": found.value,
        "lowest": found.lowest,
        "highest": found.highest,
        "wet_days": found.wet_days if _wet_day(series) is not None else None,
        "days": found.days,
        "is_complete": found.is_complete,
    }


def _wet_day(series: Series) -> float | None:
    return WET_DAY_MM if series.variable == PRECIPITATION else None

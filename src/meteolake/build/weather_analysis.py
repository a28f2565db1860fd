"""weather_analysis: trusted daily weather to normals, anomalies, months, indices, trends, bias."""

from collections.abc import Iterator
from dataclasses import astuple

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.series import Columns, Pair, Series, SiteDays, map_pairs, map_series, map_sites
from meteolake.climate import indices
from meteolake.climate.anomalies import anomalies
from meteolake.climate.bias import booked_days_later, monthly_bias
from meteolake.climate.calendar import DAYS, years
from meteolake.climate.indices import Climate
from meteolake.climate.monthly import months
from meteolake.climate.normals import base_period, cycle, normals
from meteolake.climate.station_days import station_days
from meteolake.climate.trends import seasonal_values, trend
from meteolake.tables import (
    ANOMALIES_DAILY,
    CLIMATE_INDICES,
    CLIMATE_NORMALS,
    MONTHLY_SUMMARY,
    QUANTILES,
    REANALYSIS_BIAS,
    TRENDS,
    quantile_column,
)
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES, WET_DAY_MM


def climate_normals(daily: DataFrame) -> DataFrame:
    """Normals of every site and variable, one row per day of the year."""
    return map_series(daily, CLIMATE_NORMALS, _normal_rows)


def anomalies_daily(daily: DataFrame) -> DataFrame:
    """Departures of each day from its site's normal, in the variable's unit and standardised."""
    return map_series(daily, ANOMALIES_DAILY, _anomaly_rows)


def monthly_summary(daily: DataFrame) -> DataFrame:
    """Months of every site and variable by the variable's roll-up."""
    return map_series(daily, MONTHLY_SUMMARY, _month_rows)


def climate_indices(daily: DataFrame, sites: DataFrame) -> DataFrame:
    """The ETCCDI's indices of every site."""
    return map_sites(daily, sites, CLIMATE_INDICES, _index_rows)


def trends(daily: DataFrame) -> DataFrame:
    """Trends of every site, variable and season with ten years or more."""
    return map_series(daily, TRENDS, _trend_rows)


def reanalysis_bias(daily: DataFrame, observed: DataFrame) -> DataFrame:
    """The archive against the station, for sites and variables that both have."""
    theirs = [F.col(name).alias(f"station_{name}") for name in VARIABLES]
    stations = observed.select("site_id", "date", *theirs)
    return map_pairs(daily.join(stations, ["site_id", "date"]), REANALYSIS_BIAS, _bias_rows)


def _trend_rows(series: Series) -> Columns:
    seasons = seasonal_values(series.dates, series.values, VARIABLES[series.variable].roll_up)
    found = [(season, one) for season, year, value in seasons if (one := trend(year, value))]
    columns = zip(*(astuple(one) for _, one in found), strict=True)
    names = ("slope_per_decade", "lower", "upper", "p_value", "tau", "from_year", "until_year", "years")
    return {
        "site_id": series.site_id,
        "variable": series.variable,
        "season": np.array([season for season, _ in found], dtype=object),
        **(dict(zip(names, map(np.array, columns), strict=True)) if found else dict.fromkeys(names)),
    }


def _bias_rows(pair: Pair) -> Iterator[Columns]:
    later = booked_days_later(pair.dates, pair.archive, pair.station)
    for found in monthly_bias(pair.dates, pair.archive, pair.station):
        quantiles = {"archive": found.archive_quantiles, "station": found.station_quantiles}
        yield {
            "site_id": pair.site_id,
            "variable": pair.variable,
            "month": np.array([found.month]),
            "days": found.days,
            "bias": found.bias,
            "mae": found.mae,
            "rmse": found.rmse,
            "correlation": found.correlation,
            "booked_days_later": later,
            **{
                f"{source}_{quantile_column(level)}": float(value)
                for source, values in quantiles.items()
                for level, value in zip(QUANTILES, values, strict=True)
            },
        }


def _index_rows(site: SiteDays) -> Iterator[Columns]:
    observed = (site.values[name] for name in (TEMPERATURE_MAX, TEMPERATURE_MIN, PRECIPITATION))
    base_from, base_until = base_period(years(site.dates))
    climate = Climate(station_days(site.dates, *observed), base_from, base_until, site.latitude >= 0)
    for found in indices.climate_indices(climate):
        is_known = np.isfinite(found.values)
        if is_known.any():
            yield {
                "site_id": site.site_id,
                "index_name": found.index.name,
                "period": found.period,
                "first_date": found.first_days[is_known],
                "value": found.values[is_known],
                "unit": found.index.unit,
                "base_from": base_from,
                "base_until": base_until,
            }


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

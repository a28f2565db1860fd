"""weather_analysis: trusted daily weather to normals, months, indices, trends, bias."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.blocks import Block, Columns, map_blocks, repeated
from meteolake.climate import indices
from meteolake.climate.bias import booked_days_later, monthly_bias
from meteolake.climate.calendar import DAYS, years_with_data
from meteolake.climate.indices import Climate
from meteolake.climate.monthly import months
from meteolake.climate.monthly_normals import monthly_normals as monthly_normals_of
from meteolake.climate.normals import Period, base_period, base_years, normals
from meteolake.climate.station_days import station_days
from meteolake.climate.trends import seasonal_values
from meteolake.climate.trends import trends as trends_of
from meteolake.tables import (
    CLIMATE_INDICES,
    CLIMATE_NORMALS,
    MONTHLY_NORMALS,
    MONTHLY_SUMMARY,
    QUANTILES,
    REANALYSIS_BIAS,
    TRENDS,
    quantile_column,
)
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES, WET_DAY_MM


def climate_normals(daily: DataFrame, variables: Sequence[str], period: Period) -> DataFrame:
    """Normals of every site and some variables, one row per day of the year."""
    return map_blocks(daily, variables, CLIMATE_NORMALS, partial(_normal_rows, period=period))


def monthly_normals(daily: DataFrame, variables: Sequence[str], period: Period) -> DataFrame:
    """Normals of every site and some variables by month."""
    return map_blocks(daily, variables, MONTHLY_NORMALS, partial(_monthly_normal_rows, period=period))


def monthly_summary(daily: DataFrame, variables: Sequence[str]) -> DataFrame:
    """Months of every site and some variables by the variable's roll-up."""
    return map_blocks(daily, variables, MONTHLY_SUMMARY, _month_rows)


def climate_indices(daily: DataFrame, sites: DataFrame, period: Period) -> DataFrame:
    """The ETCCDI's indices of every site."""
    placed = daily.join(sites.select("site_id", "latitude"), "site_id")
    observed = (TEMPERATURE_MAX, TEMPERATURE_MIN, PRECIPITATION)
    compute = partial(_index_rows, period=period)
    return map_blocks(placed, observed, CLIMATE_INDICES, compute, places=("latitude",))


def trends(daily: DataFrame, variables: Sequence[str]) -> DataFrame:
    """Trends of every site, some variables and season with ten years or more."""
    return map_blocks(daily, variables, TRENDS, _trend_rows)


def reanalysis_bias(daily: DataFrame, observed: DataFrame) -> DataFrame:
    """The archive against the station, for sites and variables that both have."""
    theirs = [F.col(name).alias(_of_station(name)) for name in VARIABLES]
    pairs = daily.join(observed.select("site_id", "date", *theirs), ["site_id", "date"])
    columns = (*VARIABLES, *map(_of_station, VARIABLES))
    return map_blocks(pairs, columns, REANALYSIS_BIAS, _bias_rows)


def _normal_rows(block: Block, period: Period) -> Iterator[Columns]:
    for name in block.grids:
        site_ids, grid = block.known(name)
        if not site_ids:
            continue
        found = normals(block.years, grid, period, wet_day=_wet_day(name))
        by_site = {"years": found.years, "base_from": found.base_from, "base_until": found.base_until}
        by_day = {
            "mean": found.cycle.mean,
            "spread": found.cycle.spread,
            "q10": found.quantile_10,
            "q50": found.quantile_50,
            "q90": found.quantile_90,
            "wet_day_share": found.wet_day_share,
        }
        yield {
            "site_id": repeated(site_ids, DAYS),
            "variable": name,
            "day_of_year": np.tile(np.arange(1, DAYS + 1), len(site_ids)),
            **{column: values.ravel() for column, values in by_day.items()},
            **{column: np.repeat(values, DAYS) for column, values in by_site.items()},
        }


def _monthly_normal_rows(block: Block, period: Period) -> Iterator[Columns]:
    for name in block.grids:
        variable, (site_ids, grid) = VARIABLES[name], block.known(name)
        if not site_ids:
            continue
        chosen = base_years(block.years, years_with_data(grid), period)
        rolled = months(block.years, grid, variable.roll_up, _wet_day(name))
        is_rain = _wet_day(name) is not None
        found = monthly_normals_of(block.years, rolled, variable.roll_up, chosen, has_wet_days=is_rain)
        is_known = found.years.ravel() > 0
        columns = {
            "month": np.tile(np.arange(1, 13), (len(site_ids), 1)),
            "mean": found.mean,
            "spread": found.spread,
            "q10": found.quantile_10,
            "q50": found.quantile_50,
            "q90": found.quantile_90,
            "wet_days": found.wet_days,
            "years": found.years,
            "is_sufficient": found.is_sufficient,
        }
        if is_known.any():
            yield {
                "site_id": repeated(site_ids, (found.years > 0).sum(axis=1)),
                "variable": name,
                **{column: values.ravel()[is_known] for column, values in columns.items()},
            }


def _month_rows(block: Block) -> Iterator[Columns]:
    first = ((block.years - 1970)[:, None] * 12 + np.arange(12)).astype("datetime64[M]").astype("datetime64[D]")
    for name in block.grids:
        variable, (site_ids, grid) = VARIABLES[name], block.known(name)
        if not site_ids:
            continue
        found = months(block.years, grid, variable.roll_up, _wet_day(name))
        is_known = found.days > 0
        columns = {
            "value": found.value,
            "lowest": found.lowest,
            "highest": found.highest,
            "days": found.days,
            "is_complete": found.is_complete,
            "month": np.broadcast_to(first, is_known.shape),
            "year": np.broadcast_to(block.years[:, None], is_known.shape),
        }
        yield {
            "site_id": repeated(site_ids, is_known.sum(axis=(1, 2))),
            "variable": name,
            "wet_days": found.wet_days[is_known] if _wet_day(name) is not None else None,
            **{column: values[is_known] for column, values in columns.items()},
        }


def _trend_rows(block: Block) -> Iterator[Columns]:
    for name in block.grids:
        variable, (site_ids, grid) = VARIABLES[name], block.known(name)
        if not site_ids:
            continue
        rolled = months(block.years, grid, variable.roll_up)
        for season, values in seasonal_values(block.years, rolled, variable.roll_up):
            found = trends_of(block.years, values)
            is_known = np.isfinite(found.slope_per_decade)
            if is_known.any():
                yield {
                    "site_id": repeated([site_ids[site] for site in np.flatnonzero(is_known)], 1),
                    "variable": name,
                    "season": season,
                    **{column: getattr(found, column)[is_known] for column in TRENDS.names[3:]},
                }


def _bias_rows(block: Block) -> Iterator[Columns]:
    for site, site_id in enumerate(block.site_ids):
        dates, values = block.days(site)
        for name in VARIABLES:
            archive, station = values[name], values[_of_station(name)]
            later = booked_days_later(dates, archive, station)
            for found in monthly_bias(dates, archive, station):
                quantiles = {"archive": found.archive_quantiles, "station": found.station_quantiles}
                yield {
                    "site_id": site_id,
                    "variable": name,
                    "month": np.array([found.month]),
                    "days": found.days,
                    "bias": found.bias,
                    "mae": found.mae,
                    "rmse": found.rmse,
                    "correlation": found.correlation,
                    "booked_days_later": later,
                    **{
                        f"{source}_{quantile_column(level)}": float(value)
                        for source, values_at in quantiles.items()
                        for level, value in zip(QUANTILES, values_at, strict=True)
                    },
                }


def _index_rows(block: Block, period: Period) -> Iterator[Columns]:
    for site, site_id in enumerate(block.site_ids):
        if not any(np.isfinite(grid[site]).any() for grid in block.grids.values()):
            continue
        dates, values = block.days(site)
        days = station_days(dates, *(values[name] for name in (TEMPERATURE_MAX, TEMPERATURE_MIN, PRECIPITATION)))
        has_data = np.any([years_with_data(grid[site]) for grid in block.grids.values()], axis=0)
        base_from, base_until = base_period(block.years, has_data, period)
        for found in indices.climate_indices(Climate(days, base_from, base_until, block.places["latitude"][site] >= 0)):
            is_known = np.isfinite(found.values)
            if is_known.any():
                yield {
                    "site_id": site_id,
                    "index_name": found.index.name,
                    "period": found.period,
                    "first_date": found.first_days[is_known],
                    "value": found.values[is_known],
                    "unit": found.index.unit,
                    "base_from": base_from,
                    "base_until": base_until,
                }


def _wet_day(name: str) -> float | None:
    return WET_DAY_MM if name == PRECIPITATION else None


def _of_station(name: str) -> str:
    return f"station_{name}"

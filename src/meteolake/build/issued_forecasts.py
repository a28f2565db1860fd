"""Scores of forecasts that were published and have come true since, against the climate normals."""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import add
from statistics import NormalDist

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.forecast.history import SEASONS
from meteolake.tables import FORECAST_SCORES, ISSUED, QUANTILES, quantile_column
from meteolake.variables import FORECAST_VARIABLES, PRECIPITATION, WET_DAY_MM

_SCORED_DAYS = 365
_KEYS = ("site_id", "variable", "season", "lead_days")
_MEANS = ("crps", "crps_climatology", "mae", "coverage_80", "brier", "brier_climatology")


def scores(forecasts: DataFrame, daily: DataFrame, normals: DataFrame, run_id: str) -> DataFrame:
    """Scores by site, variable, season and lead of the forecasts of the last year whose day has come.

    The climatology is that of the normals: temperatures normally distributed, rain by the share of wet days.

    Args:
        forecasts: every issue that was published.
        daily: trusted daily weather.
        normals: refined normals, one row per site, variable and day of year.
        run_id: the run that scores.
    """
    newest = daily.agg(F.max("date").alias("newest_date"))
    came = reduce(DataFrame.unionByName, (_long(daily, name) for name in FORECAST_VARIABLES))
    due = forecasts.join(came, ["site_id", "variable", "valid_date"]).crossJoin(newest)
    recent = due.where(F.datediff("newest_date", "valid_date") < _SCORED_DAYS)
    in_leap_year = F.make_date(F.lit(2000), F.month("valid_date"), F.dayofmonth("valid_date"))
    usual = normals.select("site_id", "variable", "day_of_year", "mean", "spread", "wet_day_share")
    both = recent.withColumn("day_of_year", F.dayofyear(in_leap_year)).join(
        usual, ["site_id", "variable", "day_of_year"], "left"
    )
    scored = both.withColumn("season", _season(F.month("valid_date"))).select(
        *_KEYS, "valid_date", *(score.alias(name) for name, score in _scores().items())
    )
    return (
        scored.groupBy(*_KEYS)
        .agg(
            F.min("valid_date").alias("from_date"),
            F.max("valid_date").alias("until_date"),
            F.count("crps").alias("cases"),
            *(F.avg(name).alias(name) for name in _MEANS),
        )
        .withColumn("kind", F.lit(ISSUED))
        .withColumn("run_id", F.lit(run_id))
        .select(*(F.col(column.name).cast(column.type).alias(column.name) for column in FORECAST_SCORES.columns))
    )


def _season(month: Column) -> Column:
    found = [F.when(month.isin(*months), season) for season, months in SEASONS.items()]
    return F.coalesce(*found)


def _long(daily: DataFrame, name: str) -> DataFrame:
    """The days of a variable as `site_id`, `variable`, `valid_date`, `value`."""
    return daily.where(F.col(name).isNotNull()).select(
        "site_id", F.lit(name).alias("variable"), F.col("date").alias("valid_date"), F.col(name).alias("value")
    )


def _scores() -> dict[str, Column]:
    """The scores of one forecast against `value`, and those of the normals."""
    value, is_rain = F.col("value"), F.col("variable") == PRECIPITATION
    wet = F.when(value >= WET_DAY_MM, 1.0).otherwise(0.0)
    normal = [F.col("mean") + NormalDist().inv_cdf(level) * F.col("spread") for level in QUANTILES]
    inside = value.between(F.col(quantile_column(0.1)), F.col(quantile_column(0.9)))
    return {
        "crps": _crps([F.col(quantile_column(level)) for level in QUANTILES]),
        "crps_climatology": F.when(~is_rain, _crps(normal)),
        "mae": F.abs(value - F.col(quantile_column(0.5))),
        "coverage_80": F.when(inside, 1.0).otherwise(0.0),
        "brier": F.when(is_rain, (F.col("rain_probability") - wet) * (F.col("rain_probability") - wet)),
        "brier_climatology": F.when(is_rain, (F.col("wet_day_share") - wet) * (F.col("wet_day_share") - wet)),
    }


def _crps(quantiles: Sequence[Column]) -> Column:
    """The continuous ranked probability score from the quantiles, as `forecast.scores.crps_from_quantiles` has it."""
    edges = [0.0, *((low + high) / 2 for low, high in pairwise(QUANTILES)), 1.0]
    losses = []
    for number, (level, quantile) in enumerate(zip(QUANTILES, quantiles, strict=True)):
        error = F.col("value") - quantile
        loss = F.greatest(level * error, (level - 1) * error)
        losses.append(2 * (edges[number + 1] - edges[number]) * loss)
    return reduce(add, losses)

"""weather_analysis: the departure of each day from its site's normal."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.blocks import ROWS_AT_ONCE, as_rows, numbers
from meteolake.build.site_by_site import portions
from meteolake.climate.calendar import day_of_year
from meteolake.tables import ANOMALIES_DAILY
from meteolake.variables import VARIABLES


def anomalies_daily(daily: DataFrame, normals: DataFrame) -> DataFrame:
    """Departures of each day from its site's normal, in the variable's unit and standardised.

    a = x - m(d) and z = a / s(d), with the normal's mean m and spread s of the day of the year d; no z where there is
    no spread. Values without a normal are left out.

    Args:
        daily: one row per site and date.
        normals: one row per site, variable and day of the year.
    """
    named = daily.select("site_id", "date", F.lit(0).alias("day_of_year"), *VARIABLES)
    days = named.mapInArrow(_with_day_of_year, named.schema)
    # The left side of a right join is held in memory while the days pass by. An engine that knows how many days there
    # are may hold the days instead, which are many times more: it does not know it behind an Arrow function.
    rows = _side_by_side(normals).join(days, ["site_id", "day_of_year"], "right")
    return rows.mapInArrow(_departures, ANOMALIES_DAILY.ddl)


def _with_day_of_year(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        days = day_of_year(batch["date"].to_numpy(zero_copy_only=False))
        yield batch.set_column(2, "day_of_year", pa.array(days, pa.int32()))


def _side_by_side(normals: DataFrame) -> DataFrame:
    """The normals of all variables in one row per site and day of the year: small enough to lie beside each day's."""
    each = [
        F.max(F.when(F.col("variable") == name, F.col(column))).alias(f"{column}_{name}")
        for name in VARIABLES
        for column in ("mean", "spread")
    ]
    return normals.groupBy("site_id", "day_of_year").agg(*each)


def _departures(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The anomalies of days that come with their normals, in whatever order."""
    for days in portions(batches, ROWS_AT_ONCE):
        dates = days["date"].to_numpy()
        year = dates.astype("datetime64[Y]").astype(int) + 1970
        for name in VARIABLES:
            value, mean, spread = (numbers(days[column]) for column in (name, f"mean_{name}", f"spread_{name}"))
            anomaly = value - mean
            known = np.flatnonzero(np.isfinite(anomaly))
            if not len(known):
                continue
            spread = np.where(spread > 0, spread, np.nan)
            columns = {
                "site_id": days["site_id"].take(pa.array(known)),
                "date": dates[known],
                "year": year[known],
                "variable": name,
                "value": value[known],
                "anomaly": anomaly[known],
                "standardised": (anomaly / spread)[known],
            }
            yield from as_rows(columns, ANOMALIES_DAILY).to_batches(ROWS_AT_ONCE)

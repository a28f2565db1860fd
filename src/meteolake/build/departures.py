"""weather_analysis: the departure of each day from its site's normal."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.blocks import ROWS_AT_ONCE, as_rows, numbers
from meteolake.build.site_by_site import portions
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
    days = daily.select("site_id", "date", _day_of_year("date").alias("day_of_year"), *VARIABLES)
    # The engine holds the left side in memory and lets the right one pass by.
    rows = _side_by_side(normals).join(days, ["site_id", "day_of_year"])
    return rows.mapInArrow(_departures, ANOMALIES_DAILY.ddl)


def _day_of_year(date: str) -> Column:
    """1 to 366, as in a leap year."""
    leap_day = F.make_date(F.lit(2000), F.month(date), F.dayofmonth(date))
    return F.dayofyear(leap_day)


def _side_by_side(normals: DataFrame) -> DataFrame:
    """The normals of all variables in one row per site and day of the year: small enough to lie beside each day's."""
    each = [
        F.max(F.when(F.col("variable") == name, F.col(column))).alias(f"{column}_{name}")
        for name in VARIABLES
        for column in ("mean", "spread")
    ]
    return normals.groupBy("site_id", "day_of_year").agg(*each)


def _departures(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
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

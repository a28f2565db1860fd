"""weather_analysis: the departure of each day from its site's normal."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.blocks import ROWS_AT_ONCE, as_rows, codes, numbers
from meteolake.climate.calendar import DAYS, day_of_year
from meteolake.tables import ANOMALIES_DAILY
from meteolake.variables import VARIABLES

_VALUE, _MEAN, _SPREAD = range(3)


def anomalies_daily(daily: DataFrame, normals: DataFrame, partitions: int) -> DataFrame:
    """Departures of each day from its site's normal, in the variable's unit and standardised.

    a = x - m(d) and z = a / s(d), with the normal's mean m and spread s of the day of the year d; no z where there is
    no spread. Values without a normal are left out.

    Args:
        daily: one row per site and date.
        normals: one row per site, variable and day of the year.
        partitions: into how many tasks the sites are divided.
    """
    days = daily.select("site_id", F.lit(_VALUE).alias("kind"), F.unix_date("date").alias("day"), *VARIABLES)
    # A site's normals travel beside its days, for a join would repeat them on each.
    rows = days.unionByName(_by_site_and_day(normals, "mean", _MEAN))
    rows = rows.unionByName(_by_site_and_day(normals, "spread", _SPREAD))
    return rows.repartition(partitions, "site_id").mapInArrow(_departures, ANOMALIES_DAILY.ddl)


def _by_site_and_day(normals: DataFrame, column: str, kind: int) -> DataFrame:
    """A column of all variables' normals side by side, as if the days of the year were days."""
    each = [F.max(F.when(F.col("variable") == name, F.col(column))).alias(name) for name in VARIABLES]
    by_day = normals.groupBy("site_id", "day_of_year").agg(*each)
    return by_day.select("site_id", F.lit(kind).alias("kind"), F.col("day_of_year").alias("day"), *VARIABLES)


def _departures(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The anomalies of a partition that holds whole sites."""
    held = [batch for batch in batches if batch.num_rows]
    if not held:
        return
    rows = pa.Table.from_batches(held)
    (site_ids, site), kind, day = codes(rows["site_id"]), rows["kind"].to_numpy(), rows["day"].to_numpy()
    days, usual_days = np.flatnonzero(kind == _VALUE), np.flatnonzero(kind != _VALUE)
    dates = day[days].astype("datetime64[D]")
    year, place = dates.astype("datetime64[Y]").astype(int) + 1970, (site[days], day_of_year(dates) - 1)
    for name in VARIABLES:
        values = numbers(rows[name])
        usual = np.full((_SPREAD + 1, len(site_ids), DAYS), np.nan)
        usual[kind[usual_days], site[usual_days], day[usual_days] - 1] = values[usual_days]
        anomaly, spread = values[days] - usual[_MEAN][place], usual[_SPREAD][place]
        known = np.flatnonzero(np.isfinite(anomaly))
        if not len(known):
            continue
        spread = np.where(spread > 0, spread, np.nan)
        columns = {
            "site_id": pa.DictionaryArray.from_arrays(place[0][known], site_ids).dictionary_decode(),
            "date": dates[known],
            "year": year[known],
            "variable": name,
            "value": values[days[known]],
            "anomaly": anomaly[known],
            "standardised": (anomaly / spread)[known],
        }
        yield from as_rows(columns, ANOMALIES_DAILY).to_batches(ROWS_AT_ONCE)

"""weather_analysis: the departure of each day from its site's normal."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.blocks import dates
from meteolake.build.runs import ROWS_AT_ONCE, Bounds, as_batch, as_runs, by_year, portions, run_bounds, run_ddl
from meteolake.climate.calendar import day_of_year, years
from meteolake.tables import ANOMALIES_DAILY

_SAME = ("site_id", "variable", "year")


def anomalies_daily(daily: DataFrame, normals: DataFrame, variables: Sequence[str]) -> DataFrame:
    """Departures of each day from its site's normal, in the variable's unit and standardised.

    a = x - m(d) and z = a / s(d), with the normal's mean m and spread s of the day of the year d; no z where there is
    no spread. Values without a normal are left out.

    Args:
        daily: one row per site and date.
        normals: one row per site, variable and day of the year.
        variables: those of which anomalies are wanted.
    """
    named = daily.select("site_id", "date", F.lit(0).alias("day_of_year"), *variables)
    days = named.mapInArrow(_with_day_of_year, named.schema)
    # The left side of a right join is held in memory while the days pass by. An engine that knows how many days there
    # are may hold the days instead, which are many times more: it does not know it behind an Arrow function.
    rows = _side_by_side(normals, variables).join(days, ["site_id", "day_of_year"], "right")
    runs = rows.mapInArrow(partial(_departures, variables=variables), run_ddl(ANOMALIES_DAILY.types, _SAME))
    return by_year(runs, ANOMALIES_DAILY, _SAME)


def _with_day_of_year(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        days = day_of_year(dates(batch["date"]))
        yield batch.set_column(2, "day_of_year", pa.array(days, pa.int32()))


def _side_by_side(normals: DataFrame, variables: Sequence[str]) -> DataFrame:
    """The normals of the variables in one row per site and day of the year: small enough to lie beside each day's."""
    each = [
        F.max(F.when(F.col("variable") == name, F.col(column))).alias(f"{column}_{name}")
        for name in variables
        for column in ("mean", "spread")
    ]
    return normals.groupBy("site_id", "day_of_year").agg(*each)


def _departures(batches: Iterable[pa.RecordBatch], variables: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Runs of the anomalies of days that come with their normals, in whatever order."""
    for portion in portions(batches, ROWS_AT_ONCE):
        days = as_batch(portion)
        year = years(dates(days["date"]))
        of_days = pa.record_batch({"site_id": days["site_id"], "year": pa.array(year, pa.int32())})
        bounds = run_bounds(of_days, of_days.schema.names)
        runs = of_days.take(pa.array(bounds[:-1]))
        for name in variables:
            rows, ends = _known(_of_variable(days, name), bounds)
            if rows.num_rows:
                alike = [runs["site_id"], pa.repeat(name, runs.num_rows), runs["year"]]
                yield as_runs(pa.record_batch(alike, names=_SAME), rows, ends)


def _of_variable(days: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """The anomalies of a variable, null where a day has no value or no normal."""
    value, mean, spread = (days[column] for column in (name, f"mean_{name}", f"spread_{name}"))
    anomaly = pc.subtract(value, mean)
    standardised = pc.divide(anomaly, pc.if_else(pc.greater(spread, 0.0), spread, None))
    return pa.record_batch({"date": days["date"], "value": value, "anomaly": anomaly, "standardised": standardised})


def _known(rows: pa.RecordBatch, bounds: Bounds) -> tuple[pa.RecordBatch, Bounds]:
    """The rows that have an anomaly, and where the runs begin and end among them."""
    if not rows["anomaly"].null_count:
        return rows, bounds
    is_known = rows["anomaly"].is_valid()
    return rows.filter(is_known), np.r_[0, np.cumsum(is_known)].astype(np.int32)[bounds]

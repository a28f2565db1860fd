"""The same work by hand in DuckDB: `python -m benchmarks.etl.duckdb_script LAKE FOLDER full|day VARIABLES`."""

import duckdb

from benchmarks.etl.raw_rows import (
    BASE,
    NORMALS,
    PRECIPITATION,
    TEMPERATURES,
    WET_DAY_MM,
    WINDOW_DAYS,
    objects,
    run,
)
from meteolake.variables import VARIABLES

_BY_YEAR = "(format parquet, partition_by (year), overwrite_or_ignore)"
_DAY = "dayofyear(make_date(2000, month(date), day(date)))"


def make(lake: str, folder: str, part: str, names: tuple[str, ...]) -> None:
    connection = duckdb.connect(f"{folder}/work-{part}.duckdb")
    connection.execute("set preserve_insertion_order = false")
    _parsed(connection, objects(lake, part), names)
    years = [row[0] for row in connection.sql("select distinct year(date) from captured order by 1").fetchall()]
    chosen = f"year in ({', '.join(map(str, years))})"
    refused = f"copy (select * from captured where not ({_is_good(names)})) to '{folder}/quarantine-{part}.parquet'"
    connection.execute(refused)
    _trusted(connection, folder, part, names, chosen)
    _monthly(connection, folder, names, chosen)
    if part == "full":
        _normals(connection, folder, names)
    _anomalies(connection, folder, names, chosen)


def _parsed(connection: duckdb.DuckDBPyConnection, paths: list[str], names: tuple[str, ...]) -> None:
    daily = ", ".join(f"{name} double[]" for name in names)
    columns = (
        "{site_id: 'varchar', captured_at: 'timestamptz', raw_object: 'varchar', "
        f"payload: 'struct(daily struct(time date[], {daily}))'}}"
    )
    values = ", ".join(f"unnest(payload.daily.{name}) as {name}" for name in names)
    connection.execute(
        f"create view captured as select site_id, captured_at, raw_object, unnest(payload.daily.time) as date, "
        f"{values} from read_json({paths}, format = 'newline_delimited', "
        f"columns = {columns}, maximum_object_size = 100000000)"
    )


def _is_good(names: tuple[str, ...]) -> str:
    maximum, minimum, mean = TEMPERATURES
    ranges = [f"coalesce({name} between {VARIABLES[name].lower} and {VARIABLES[name].upper}, true)" for name in names]
    return " and ".join(
        [
            *ranges,
            f"coalesce({minimum} <= {maximum}, true)",
            f"({mean} is not null or coalesce({maximum}, {minimum}) is null)",
        ]
    )


def _trusted(
    connection: duckdb.DuckDBPyConnection, folder: str, part: str, names: tuple[str, ...], chosen: str
) -> None:
    columns = f"site_id, date, captured_at, raw_object, {', '.join(names)}"
    rows = f"select {columns} from captured where {_is_good(names)}"
    if part == "day":
        # The partitions are written anew, so what they hold is taken out first.
        connection.execute(
            f"create temp table known as select {columns} from {_held(folder, 'trusted')} where {chosen}"
        )
        rows += f" union all select {columns} from known"
    newest = "row_number() over (partition by site_id, date order by captured_at desc, raw_object desc) = 1"
    connection.execute(
        f"copy (select *, year(date) as year from ({rows}) qualify {newest}) to '{folder}/trusted' {_BY_YEAR}"
    )


def _monthly(connection: duckdb.DuckDBPyConnection, folder: str, names: tuple[str, ...], chosen: str) -> None:
    roll_ups = {"mean": "avg", "sum": "sum", "max": "max", "min": "min"}
    wide = ", ".join(
        f"{roll_ups[VARIABLES[name].roll_up]}({name}) as v_{name}, min({name}) as l_{name}, max({name}) as h_{name}, "
        f"count({name}) as d_{name}"
        for name in names
    )
    connection.execute(
        f"create temp table months as select site_id, date_trunc('month', date)::date as month, year, {wide}, "
        f"count(*) filter ({PRECIPITATION} >= {WET_DAY_MM}) as wet_days "
        f"from {_held(folder, 'trusted')} where {chosen} group by all"
    )
    long = " union all ".join(
        f"select site_id, '{name}' as variable, month, year, v_{name} as value, l_{name} as lowest, "
        f"h_{name} as highest, d_{name} as days, {'wet_days' if name == PRECIPITATION else 'null'} as wet_days "
        f"from months where d_{name} > 0"
        for name in names
    )
    connection.execute(f"copy ({long}) to '{folder}/monthly' {_BY_YEAR}")


def _normals(connection: duckdb.DuckDBPyConnection, folder: str, names: tuple[str, ...]) -> None:
    each = ", ".join(
        f"avg({name}) as mean_{name}, stddev_pop({name}) as spread_{name}, "
        f"quantile_cont({name}, [0.1, 0.5, 0.9]) as q_{name}, "
        f"avg(({name} >= {WET_DAY_MM})::int) as wet_day_share_{name}"
        for name in names
    )
    flat = ", ".join(
        f"q_{name}[{place}] as {level}_{name}" for name in names for place, level in enumerate(("q10", "q50", "q90"), 1)
    )
    half = WINDOW_DAYS // 2
    smooth = ", ".join(f"avg({column}_{name}) over around as {column}_{name}" for name in names for column in NORMALS)
    connection.execute(
        f"create temp table normals as with daily as (select site_id, {_DAY} as day_of_year, {each} "
        f"from {_held(folder, 'trusted')} where year between {BASE[0]} and {BASE[1]} group by all), "
        f"plain as (select *, {flat} from daily) select site_id, day_of_year, {smooth} from plain window around as "
        f"(partition by site_id order by day_of_year rows between {half} preceding and {half} following)"
    )
    long = " union all ".join(
        f"select site_id, '{name}' as variable, day_of_year, "
        f"{', '.join(f'{column}_{name} as {column}' for column in NORMALS)} from normals"
        for name in names
    )
    connection.execute(f"copy ({long}) to '{folder}/normals.parquet'")
    connection.execute(f"copy normals to '{folder}/normals_wide.parquet'")


def _anomalies(connection: duckdb.DuckDBPyConnection, folder: str, names: tuple[str, ...], chosen: str) -> None:
    means = ", ".join(f"n.mean_{name}, n.spread_{name}" for name in names)
    days = (
        f"(select d.site_id, d.date, d.year, {', '.join(f'd.{name}' for name in names)}, {means} "
        f"from {_held(folder, 'trusted')} d join '{folder}/normals_wide.parquet' n "
        f"on n.site_id = d.site_id and n.day_of_year = {_DAY.replace('date)', 'd.date)')} where d.{chosen})"
    )
    each = ", ".join(
        f"{{variable: '{name}', value: {name}, anomaly: {name} - mean_{name}, "
        f"standardised: case when spread_{name} > 0 then ({name} - mean_{name}) / spread_{name} end}}"
        for name in names
    )
    nested = f"select site_id, date, year, unnest([{each}]) as one from {days}"
    long = f"select site_id, date, year, unnest(one) from ({nested})"
    connection.execute(f"copy ({long} where one.value is not null) to '{folder}/anomalies' {_BY_YEAR}")


def _held(folder: str, table: str) -> str:
    return f"read_parquet('{folder}/{table}/*/*.parquet', hive_partitioning = true)"


if __name__ == "__main__":
    run(make)

"""The same work by hand in Polars: `python -m benchmarks.etl.polars_script LAKE FOLDER full|day VARIABLES`."""

from pathlib import Path

import polars as pl

from benchmarks.etl.raw_rows import BASE, PRECIPITATION, TEMPERATURES, WET_DAY_MM, WINDOW_DAYS, objects, run
from meteolake.variables import VARIABLES

_ROLL_UPS = {"mean": pl.Expr.mean, "sum": pl.Expr.sum, "max": pl.Expr.max, "min": pl.Expr.min}


def make(lake: str, folder: str, part: str, names: tuple[str, ...]) -> None:
    captured = pl.concat([_captured(path, names) for path in objects(lake, part)])
    is_good = _is_good(names)
    captured.filter(~is_good).write_parquet(f"{folder}/quarantine-{part}.parquet")
    rows = captured.filter(is_good).with_columns(year=pl.col("date").dt.year())
    years = rows["year"].unique().to_list()
    if part == "day":
        rows = pl.concat([_held(folder, "trusted", years).select(rows.columns), rows])
    trusted = rows.sort("site_id", "date", "captured_at", "raw_object").unique(
        ["site_id", "date"], keep="last", maintain_order=True
    )
    _write(trusted, folder, "trusted")
    _write(_monthly(trusted, names), folder, "monthly")
    if part == "full":
        _normals(trusted, names).write_parquet(f"{folder}/normals.parquet")
    normals = pl.read_parquet(f"{folder}/normals.parquet")
    for _, of_year in trusted.group_by("year"):  # all years at once would take more than the machine has
        _write(_anomalies(of_year, normals, names), folder, "anomalies")


def _captured(path: str, names: tuple[str, ...]) -> pl.DataFrame:
    daily = pl.Struct({"time": pl.List(pl.String), **{name: pl.List(pl.Float64) for name in names}})
    schema = {
        "site_id": pl.String,
        "captured_at": pl.String,
        "raw_object": pl.String,
        "payload": pl.Struct({"daily": daily}),
    }
    lines = pl.read_ndjson(path, schema=schema).unnest("payload").unnest("daily")
    return (
        lines.explode("time", *names)
        .with_columns(
            date=pl.col("time").str.to_date(strict=False), captured_at=pl.col("captured_at").str.to_datetime("%+")
        )
        .drop("time")
    )


def _is_good(names: tuple[str, ...]) -> pl.Expr:
    maximum, minimum, mean = (pl.col(name) for name in TEMPERATURES)
    checks = [pl.col(name).is_between(VARIABLES[name].lower, VARIABLES[name].upper).fill_null(True) for name in names]
    is_whole = mean.is_not_null() | (maximum.is_null() & minimum.is_null())
    return pl.all_horizontal(*checks, (minimum <= maximum).fill_null(True), is_whole)


def _monthly(trusted: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    keys = ["site_id", "month", "year"]
    wide = (
        trusted.with_columns(month=pl.col("date").dt.truncate("1mo"))
        .group_by(keys)
        .agg(
            *(
                expression.alias(f"{kind}_{name}")
                for name in names
                for kind, expression in (
                    ("value", _ROLL_UPS[VARIABLES[name].roll_up](pl.col(name))),
                    ("lowest", pl.col(name).min()),
                    ("highest", pl.col(name).max()),
                    ("days", pl.col(name).count()),
                )
            ),
            wet_days=(pl.col(PRECIPITATION) >= WET_DAY_MM).sum(),
        )
    )
    kinds = ("value", "lowest", "highest", "days")
    return pl.concat(
        wide.select(
            *keys,
            pl.lit(name).alias("variable"),
            *(pl.col(f"{kind}_{name}").alias(kind) for kind in kinds),
            (pl.col("wet_days") if name == PRECIPITATION else pl.lit(None, pl.UInt32)).alias("wet_days"),
        ).filter(pl.col("days") > 0)
        for name in names
    )


def _normals(trusted: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    base = trusted.filter(pl.col("year").is_between(*BASE)).with_columns(day_of_year=_day_of_year())
    statistics = {
        "mean": pl.Expr.mean,
        "spread": lambda value: value.std(ddof=0),
        "q10": lambda value: value.quantile(0.1, "linear"),
        "q50": lambda value: value.quantile(0.5, "linear"),
        "q90": lambda value: value.quantile(0.9, "linear"),
        "wet_day_share": lambda value: (value >= WET_DAY_MM).mean(),
    }
    each = [compute(pl.col(name)).alias(f"{kind}_{name}") for name in names for kind, compute in statistics.items()]
    smooth = pl.col("^(mean|spread|q10|q50|q90|wet_day_share)_.*$").rolling_mean(
        WINDOW_DAYS, min_samples=1, center=True
    )
    wide = base.group_by("site_id", "day_of_year").agg(*each).sort("site_id", "day_of_year")
    wide = wide.with_columns(smooth.over("site_id"))
    return pl.concat(
        wide.select(
            "site_id",
            "day_of_year",
            pl.lit(name).alias("variable"),
            *(pl.col(f"{kind}_{name}").alias(kind) for kind in statistics),
        )
        for name in names
    )


def _anomalies(trusted: pl.DataFrame, normals: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    long = (
        trusted.select("site_id", "date", "year", *names)
        .with_columns(day_of_year=_day_of_year())
        .unpivot(names, index=["site_id", "date", "year", "day_of_year"])
        .drop_nulls("value")
    )
    usual = normals.select("site_id", "variable", "day_of_year", "mean", "spread")
    both = long.join(usual, on=["site_id", "variable", "day_of_year"])
    anomaly = pl.col("value") - pl.col("mean")
    return both.with_columns(
        anomaly=anomaly, standardised=pl.when(pl.col("spread") > 0).then(anomaly / pl.col("spread"))
    ).drop("mean", "spread", "day_of_year")


def _day_of_year() -> pl.Expr:
    return pl.date(2000, pl.col("date").dt.month(), pl.col("date").dt.day()).dt.ordinal_day().cast(pl.Int32)


def _held(folder: str, table: str, years: list[int]) -> pl.DataFrame:
    paths = [path for year in years for path in Path(folder, table, f"year={year}").glob("*.parquet")]
    return pl.read_parquet(paths, hive_partitioning=False)


def _write(rows: pl.DataFrame, folder: str, table: str) -> None:
    for (year,), of_year in rows.group_by("year"):
        path = Path(folder, table, f"year={year}", "part.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        of_year.write_parquet(path, compression="snappy")


if __name__ == "__main__":
    run(make)

"""The same work as a plain pandas script: `python -m benchmarks.etl.pandas_script LAKE FOLDER full|day VARIABLES`."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.etl.raw_rows import BASE, PRECIPITATION, TEMPERATURES, WET_DAY_MM, WINDOW_DAYS, objects, run
from meteolake.variables import VARIABLES


def make(lake: str, folder: str, part: str, names: tuple[str, ...]) -> None:
    captured = pd.concat([_captured(path) for path in objects(lake, part)], ignore_index=True)
    is_good = _is_good(captured, names)
    captured[~is_good].to_parquet(f"{folder}/quarantine-{part}.parquet")
    rows = captured[is_good].assign(year=lambda frame: frame["date"].dt.year)
    if part == "day":
        rows = pd.concat([_held(folder, "trusted", rows["year"].unique()), rows], ignore_index=True)
    ordered = rows.sort_values(["site_id", "date", "captured_at", "raw_object"])
    trusted = ordered.drop_duplicates(["site_id", "date"], keep="last")
    _write(trusted, folder, "trusted")
    _write(_monthly(trusted, names), folder, "monthly")
    if part == "full":
        _normals(trusted, names).to_parquet(f"{folder}/normals.parquet")
    normals = pd.read_parquet(f"{folder}/normals.parquet")
    for _, of_year in trusted.groupby("year"):
        _write(_anomalies(of_year, normals, names), folder, "anomalies")


def _captured(path: str) -> pd.DataFrame:
    frames = []
    with gzip.open(path) as lines:
        for line in lines:
            capture = json.loads(line)
            daily = pd.DataFrame(capture["payload"]["daily"]).rename(columns={"time": "date"})
            frames.append(daily.assign(**{key: capture[key] for key in ("site_id", "captured_at", "raw_object")}))
    return pd.concat(frames, ignore_index=True).assign(
        date=lambda frame: pd.to_datetime(frame["date"]), captured_at=lambda frame: pd.to_datetime(frame["captured_at"])
    )


def _is_good(rows: pd.DataFrame, names: tuple[str, ...]) -> "pd.Series[bool]":
    maximum, minimum, mean = (rows[name] for name in TEMPERATURES)
    is_good = ~(minimum > maximum) & (mean.notna() | (maximum.isna() & minimum.isna()))
    for name in names:
        is_good &= ~((rows[name] < VARIABLES[name].lower) | (rows[name] > VARIABLES[name].upper))
    return is_good


def _monthly(trusted: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    months = trusted.assign(month=trusted["date"].dt.to_period("M").dt.to_timestamp()).groupby(["site_id", "month"])
    wet_days = (
        (trusted[PRECIPITATION] >= WET_DAY_MM)
        .groupby([trusted["site_id"], trusted["date"].dt.to_period("M").dt.to_timestamp()])
        .sum()
    )
    found = []
    for name in names:
        values = (
            months[name]
            .agg([VARIABLES[name].roll_up, "min", "max", "count"])
            .set_axis(["value", "lowest", "highest", "days"], axis=1)
        )
        values["wet_days"] = wet_days.to_numpy() if name == PRECIPITATION else np.nan
        found.append(values.reset_index().assign(variable=name))
    return pd.concat(found, ignore_index=True).assign(year=lambda frame: frame["month"].dt.year)


def _normals(trusted: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    base = trusted[trusted["year"].between(*BASE)]
    days = base.groupby(["site_id", _day_of_year(base["date"])])
    found = []
    for name in names:
        usual = pd.DataFrame({"mean": days[name].mean(), "spread": days[name].std(ddof=0)})
        usual[["q10", "q50", "q90"]] = days[name].quantile([0.1, 0.5, 0.9]).unstack()
        usual["wet_day_share"] = (
            (base[name] >= WET_DAY_MM).groupby([base["site_id"], _day_of_year(base["date"])]).mean()
        )
        smooth = usual.groupby(level=0).rolling(WINDOW_DAYS, center=True, min_periods=1).mean().droplevel(0)
        found.append(smooth.rename_axis(["site_id", "day_of_year"]).reset_index().assign(variable=name))
    return pd.concat(found, ignore_index=True)


def _anomalies(trusted: pd.DataFrame, normals: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    days = trusted.assign(day_of_year=_day_of_year(trusted["date"]))
    long = days.melt(["site_id", "date", "year", "day_of_year"], list(names)).dropna(subset="value")
    both = long.merge(normals[["site_id", "variable", "day_of_year", "mean", "spread"]])
    anomaly = both["value"] - both["mean"]
    both = both.assign(anomaly=anomaly, standardised=anomaly / both["spread"].where(both["spread"] > 0))
    return both.drop(columns=["mean", "spread", "day_of_year"])


def _day_of_year(dates: "pd.Series[pd.Timestamp]") -> "pd.Series[int]":
    """1 to 366, as in a leap year."""
    return (dates.dt.dayofyear + ((dates.dt.month > 2) & ~dates.dt.is_leap_year)).astype("int32")


def _held(folder: str, table: str, years: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> pd.DataFrame:
    return pd.concat(
        [
            pd.read_parquet(Path(folder, table, f"year={year}", "part.parquet"))
            for year in years
            if Path(folder, table, f"year={year}").exists()
        ],
        ignore_index=True,
    )


def _write(rows: pd.DataFrame, folder: str, table: str) -> None:
    for year, of_year in rows.groupby("year"):
        path = Path(folder, table, f"year={year}", "part.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        of_year.to_parquet(path)


if __name__ == "__main__":
    run(make)

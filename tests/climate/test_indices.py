"""The ETCCDI indices against the reference software's values of a real station, and by hand."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from meteolake.climate.indices import INDICES, Climate, climate_indices
from meteolake.climate.spells import in_runs, lengths_at_ends
from meteolake.climate.station_days import StationDays, station_days

Found = Mapping[tuple[str, str], float]
REFERENCE_NAMES = {"r95ptot": "r95p", "r99ptot": "r99p"}


def found(climate: Climate) -> Found:
    """Values by index and period: 1990 or 1990-07."""
    return {
        (each.index.name, str(first)[: 4 if each.period == "year" else 7]): value
        for each in climate_indices(climate)
        for first, value in zip(each.first_days, each.values, strict=True)
    }


def made(maximum: float, minimum: float, rain: float, *, years: int = 3, first: str = "2001-01-01") -> StationDays:
    start = np.datetime64(first)
    dates = np.arange(start, start.astype("datetime64[Y]") + np.timedelta64(years, "Y"), dtype="datetime64[D]")
    return station_days(dates, *(np.full(len(dates), value) for value in (maximum, minimum, rain)))


def test_there_are_27_and_eleven_are_monthly() -> None:
    assert len(INDICES) == 27
    assert sum(index.is_monthly for index in INDICES.values()) == 11


def test_all_values_of_the_reference_software_are_met(real_data: Path) -> None:
    daily = pacsv.read_csv(real_data / "climdex" / "station_1018935_daily.csv.gz")
    columns = ("temperature_max_c", "temperature_min_c", "precipitation_mm")
    series = (daily[name].to_numpy().astype(float) for name in columns)
    days = station_days(daily["date"].to_numpy().astype("datetime64[D]"), *series)
    ours = found(Climate(days, 1981, 1990, is_northern=True))
    expected = pacsv.read_csv(real_data / "climdex" / "station_1018935_indices.csv").to_pylist()
    assert {row["index"] for row in expected} >= {"gsl", "tn10p", "tx90p", "cdd", "r95ptot"}
    for row in expected:
        name = REFERENCE_NAMES.get(row["index"], row["index"])
        value, truth = ours[name, str(row["period"])], row["value"]
        if truth is None:
            assert np.isnan(value), row
        else:
            assert value == pytest.approx(truth, abs=1e-4 if INDICES[name].unit == "%" else 1e-6), row


def test_every_day_alike_gives_what_can_be_counted_by_hand() -> None:
    ours = found(Climate(made(30.0, 21.0, 12.0), 2001, 2003, is_northern=True))
    expected = {
        "fd": 0, "su": 365, "id": 0, "tr": 365, "gsl": 365, "txx": 30, "tnx": 21, "txn": 30, "tnn": 21, "tn10p": 0,
        "tx10p": 0, "tn90p": 0, "tx90p": 0, "wsdi": 0, "csdi": 0, "dtr": 9, "rx1day": 12, "rx5day": 60, "sdii": 12,
        "r10mm": 365, "r20mm": 0, "rnnmm": 365, "cdd": 0, "r95p": 0, "r99p": 0, "prcptot": 4380,
    }  # fmt: skip
    assert {name: ours[name, "2002"] for name in expected} == expected
    assert np.isnan(ours["cwd", "2002"])  # the year lies within one wet spell, which ends on the last day of all
    assert ours["cwd", "2003"] == 3 * 365


def test_a_warm_spell_counts_from_six_days_on_and_ends_with_the_year() -> None:
    days = made(10.0, 0.0, 0.0, years=12, first="2001-01-01")
    rng = np.random.default_rng(1)
    days = StationDays(days.dates, rng.normal(10, 1, len(days.dates)), days.minimum, days.precipitation)
    hot = days.maximum.copy()
    hot[(days.dates >= np.datetime64("2011-06-01")) & (days.dates <= np.datetime64("2011-06-06"))] = 40.0
    hot[(days.dates >= np.datetime64("2011-12-29")) & (days.dates <= np.datetime64("2012-01-05"))] = 40.0
    ours = found(Climate(StationDays(days.dates, hot, days.minimum, days.precipitation), 2001, 2010, is_northern=True))
    assert (ours["wsdi", "2011"], ours["wsdi", "2012"]) == (6.0, 0.0)


def test_without_a_base_period_there_are_no_percentiles() -> None:
    ours = found(Climate(made(10.0, 0.0, 3.0), 1961, 1990, is_northern=True))
    assert np.isnan([ours[name, "2002"] for name in ("tx90p", "tn10p", "wsdi", "csdi", "r95p")]).all()
    assert ours["prcptot", "2002"] == 3 * 365


def test_four_missing_days_spoil_their_month_and_year_and_three_do_not() -> None:
    days = made(10.0, 0.0, 3.0)
    gaps = days.maximum.copy()
    gaps[(days.dates >= np.datetime64("2001-03-01")) & (days.dates < np.datetime64("2001-03-04"))] = np.nan
    gaps[(days.dates >= np.datetime64("2002-05-01")) & (days.dates < np.datetime64("2002-05-05"))] = np.nan
    ours = found(Climate(StationDays(days.dates, gaps, days.minimum, days.precipitation), 2001, 2003, is_northern=True))
    assert ours["txx", "2001-03"] == ours["txx", "2001"] == 10.0
    assert np.isnan([ours["txx", "2002-05"], ours["txx", "2002"]]).all()
    assert ours["txx", "2002-06"] == ours["tnn", "2002"] + 10.0 == 10.0


def test_the_range_lacks_a_day_where_either_extreme_does() -> None:
    days = made(10.0, 0.0, 3.0)
    maximum, minimum = days.maximum.copy(), days.minimum.copy()
    maximum[0:2] = minimum[2:4] = np.nan  # two days each of January 2001
    ours = found(Climate(StationDays(days.dates, maximum, minimum, days.precipitation), 2001, 2003, is_northern=True))
    assert (ours["txx", "2001-01"], ours["tnn", "2001-01"]) == (10.0, 0.0)
    assert np.isnan([ours["dtr", "2001-01"], ours["dtr", "2001"]]).all()
    assert ours["dtr", "2001-02"] == 10.0


def test_a_year_within_a_dry_spell_has_no_longest_one_even_with_missing_days() -> None:
    days = made(10.0, 0.0, 0.0)
    rain = days.precipitation.copy()
    rain[365:367] = np.nan  # the first days of 2002
    ours = found(Climate(StationDays(days.dates, days.maximum, days.minimum, rain), 2001, 2003, is_northern=True))
    assert (ours["cdd", "2001"], ours["cdd", "2003"]) == (365.0, 728.0)
    assert np.isnan(ours["cdd", "2002"])


def test_the_southern_growing_season_is_that_of_its_summer() -> None:
    days = made(0.0, 0.0, 0.0)
    is_summer = (days.month >= 10) | (days.month <= 3)
    warm = np.where(is_summer, 20.0, 0.0)
    south = found(Climate(StationDays(days.dates, warm, warm, days.precipitation), 2001, 2003, is_northern=False))
    assert south["gsl", "2001"] == 31 + 30 + 31 + 31 + 28 + 31
    assert np.isnan(south["gsl", "2003"])  # its summer is not there yet


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 8))
def test_runs_are_what_counting_gives(flags: list[bool], shortest: int) -> None:
    text = "".join("x" if flag else " " for flag in flags)
    runs = text.split(" ")
    mask = np.array(flags)
    assert sum(in_runs(mask, shortest)) == sum(len(run) for run in runs if len(run) >= shortest)
    assert sorted(lengths_at_ends(mask)[lengths_at_ends(mask) > 0]) == sorted(len(run) for run in runs if run)


@hypothesis_settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.2))
def test_any_series_gives_percentages_and_counts_that_are_possible(seed: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    dates = np.arange("2001-03-05", "2006-09-17", dtype="datetime64[D]")
    series = [
        np.where(rng.random(len(dates)) < missing, np.nan, rng.normal(15, 9, len(dates)).round(1)) for _ in range(3)
    ]
    days = station_days(dates, np.fmax(series[0], series[1]), np.fmin(series[0], series[1]), np.abs(series[2]))
    for (name, period), value in found(Climate(days, 2002, 2005, is_northern=seed % 2 == 0)).items():
        length = 366 if len(period) == 4 else 31
        if INDICES[name].unit == "%" and not np.isnan(value):
            assert 0 <= value <= 100
        if INDICES[name].unit == "day" and name not in ("cdd", "cwd") and not np.isnan(value):
            assert 0 <= value <= length

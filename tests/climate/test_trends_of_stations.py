"""Trends of real stations beside pymannkendall and SciPy.

The Australian stations have eight years, which our rule takes for too few: what is compared of them is the sequence of
their months, without the seasonal cycle, whose autocorrelation is what the correction is for.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pymannkendall
import pytest
from scipy.stats import theilslopes

from meteolake.climate.calendar import Dates, Floats, Integers, days_in_months, lay_out
from meteolake.climate.monthly import Months, months
from meteolake.climate.trends import LEAST_YEARS, Trends, seasonal_values, trends

MEANS = ("temperature_max_c", "temperature_min_c", "precipitation_mm")
Series = tuple[str, Dates, Floats]


def series_of(rows: pa.Table, variable: str) -> Iterator[Series]:
    rows = rows.filter(pc.is_valid(pc.field(variable)))
    for site_id in sorted(pc.unique(rows["site_id"]).to_pylist()):
        of_site = rows.filter(pc.field("site_id") == site_id)
        yield site_id, of_site["date"].to_numpy().astype("datetime64[D]"), of_site[variable].to_numpy().astype(float)


def australian(real_data: Path, variable: str) -> Iterator[Series]:
    yield from series_of(pacsv.read_csv(real_data / "stations" / "australia_daily.csv.gz"), variable)


def long(real_data: Path, variable: str) -> Iterator[Series]:
    """Milwaukee since 1938, the Canadian station of the indices, and four German ones since 1934 to 1950."""
    yield from series_of(pacsv.read_csv(real_data / "stations" / "milwaukee_daily.csv.gz"), variable)
    yield from series_of(pacsv.read_csv(real_data / "climdex" / "station_1018935_daily.csv.gz"), variable)
    column = {"temperature_max_c": " TXK", "temperature_min_c": " TNK", "precipitation_mm": " RSK"}[variable]
    for path in sorted((real_data / "stations" / "dwd").glob("produkt*.gz")):
        rows = pacsv.read_csv(path, parse_options=pacsv.ParseOptions(delimiter=";"))
        days = [f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}" for day in rows["MESS_DATUM"].to_pylist()]
        values = rows[column].to_numpy().astype(float)
        yield path.name, np.array(days, "datetime64[D]"), np.where(values == -999, np.nan, values)


def rolled(dates: Dates, values: Floats) -> tuple[Integers, Months]:
    found, grid = lay_out(dates, values)
    return found, months(found, grid, "mean")


def yearly(dates: Dates, values: Floats) -> tuple[Integers, Floats]:
    found, by_month = rolled(dates, values)
    return found, dict(seasonal_values(found, by_month, "mean"))["year"]


def monthly_anomalies(dates: Dates, values: Floats) -> tuple[Integers, Floats]:
    """The months with nine tenths of their days, each less the mean of its months of the year."""
    found, by_month = rolled(dates, values)
    whole = np.where(by_month.days >= 0.9 * days_in_months(found), by_month.value, np.nan)
    departures = (whole - np.nanmean(whole, axis=1, keepdims=True)).reshape(1, -1)
    return np.arange(departures.shape[1]), departures


def assert_second_opinions_agree(steps: Integers, values: Floats, found: Trends) -> None:
    """Slope, tau and significance are pymannkendall's; the interval is SciPy's, which rounds its ends to ranks."""
    known = np.isfinite(values[0])
    plain = pymannkendall.original_test(values[0])
    corrected = pymannkendall.hamed_rao_modification_test(values[0])
    assert 10 * plain.slope == pytest.approx(found.slope_per_decade[0], abs=1e-9)
    assert plain.Tau == pytest.approx(found.tau[0], abs=1e-9)
    assert corrected.var_s > 0
    assert corrected.p == pytest.approx(found.p_value[0], abs=1e-9)
    slope, _, low, high = theilslopes(values[0, known], steps[known])
    assert 10 * slope == pytest.approx(found.slope_per_decade[0], abs=1e-9)
    width = found.upper[0] - found.lower[0]
    assert 10 * low == pytest.approx(found.lower[0], abs=0.02 * width)
    assert 10 * high == pytest.approx(found.upper[0], abs=0.02 * width)


@pytest.mark.parametrize("variable", MEANS)
def test_months_of_the_australian_stations_have_the_trends_of_second_opinions(real_data: Path, variable: str) -> None:
    count = 0
    for _, dates, values in australian(real_data, variable):
        steps, anomalies = monthly_anomalies(dates, values)
        assert_second_opinions_agree(steps, anomalies, trends(steps, anomalies))
        count += 1
    assert count >= 48


@pytest.mark.parametrize("variable", MEANS)
def test_years_of_long_series_have_the_trends_of_second_opinions(real_data: Path, variable: str) -> None:
    for name, dates, values in long(real_data, variable):
        found, means = yearly(dates, values)
        assert np.isfinite(means).sum() >= 35, name
        assert_second_opinions_agree(found, means, trends(found, means))


@pytest.mark.parametrize("variable", MEANS)
def test_no_australian_station_has_the_years_of_a_trend(real_data: Path, variable: str) -> None:
    for name, dates, values in australian(real_data, variable):
        found, means = yearly(dates, values)
        assert np.isfinite(means).sum() < LEAST_YEARS, name
        assert np.isnan(trends(found, means).slope_per_decade).all(), name

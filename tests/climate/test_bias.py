"""The archive against a station: real pairs, a day booked elsewhere, and the map between the two."""

from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.climate.bias import LEVELS, booked_days_later, corrected, monthly_bias


def berlin(real_data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = pacsv.read_csv(real_data / "paired" / "berlin_openmeteo_vs_dwd_tempelhof_00433.csv")
    names = rows.column_names
    ours, theirs = (next(name for name in names if name.startswith(kind) and "max" in name) for kind in ("om_", "st_"))
    dates = rows["date"].to_numpy().astype("datetime64[D]")
    return dates, rows[ours].to_numpy().astype(float), rows[theirs].to_numpy().astype(float)


def test_a_real_station_is_warmer_than_the_archive_by_what_its_notes_say(real_data: Path) -> None:
    dates, archive, station = berlin(real_data)
    months = list(monthly_bias(dates, archive, station))
    days = np.array([month.days for month in months])
    assert len(months) == 12
    assert (days * [month.bias for month in months]).sum() / days.sum() == pytest.approx(-0.83, abs=0.01)
    assert (days * [month.mae for month in months]).sum() / days.sum() == pytest.approx(1.08, abs=0.01)
    assert booked_days_later(dates, archive, station) == 0


@pytest.mark.parametrize("later", [-1, 1])
def test_a_station_that_books_its_maximum_on_another_day_is_noticed(real_data: Path, later: int) -> None:
    dates, archive, station = berlin(real_data)
    assert booked_days_later(dates, archive, np.roll(station, later)) == later


def test_the_map_takes_the_bias_away(real_data: Path) -> None:
    dates, archive, station = berlin(real_data)
    month = dates.astype("datetime64[M]").astype(int) % 12 + 1
    for each in monthly_bias(dates, archive, station):
        chosen = month == each.month
        mapped = corrected(archive[chosen], each.archive_quantiles, each.station_quantiles)
        assert abs(np.nanmean(mapped - station[chosen])) < 0.12


def test_a_month_with_few_days_is_left_out() -> None:
    dates = np.arange("2020-01-01", "2020-02-20", dtype="datetime64[D]")
    assert [each.month for each in monthly_bias(dates, np.ones(len(dates)), np.zeros(len(dates)))] == [1]


@given(
    st.lists(st.floats(-30, 40), min_size=len(LEVELS), max_size=len(LEVELS)).map(sorted),
    st.floats(0.5, 2),
    st.floats(-5, 5),
    st.lists(st.floats(-60, 60), min_size=2, max_size=20).map(sorted),
)
def test_a_linear_difference_is_undone_between_the_quantiles(
    archive: list[float], scale: float, shift: float, values: list[float]
) -> None:
    ours = np.array(archive)
    inside = np.clip(values, ours[0], ours[-1])
    mapped = corrected(inside, ours, scale * ours + shift)
    assert mapped == pytest.approx(scale * inside + shift, abs=1e-6)
    assert (np.diff(mapped) >= -1e-6).all()

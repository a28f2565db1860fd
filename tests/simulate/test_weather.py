"""The generated weather: plausible, consistent, predictable from upwind, and fixed by seed, place and day."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meteolake.simulate.distributions import gamma_quantile, normal_probability, normal_quantile
from meteolake.simulate.fields import Array
from meteolake.simulate.weather import GeneratedWeather, Place, relative_humidity
from meteolake.variables import VARIABLES

WEATHER = GeneratedWeather(seed=3)
BERLIN = Place(52.5, 13.5, 34)
SYDNEY = Place(-33.75, 151.25, 19)
EVERYWHERE = [Place(float(lat), float(lon), 100.0) for lat in range(-90, 91, 30) for lon in range(-180, 180, 60)]


def years(place: Place, first: int = 2001, last: int = 2020) -> dict[str, Array]:
    values = WEATHER.daily([place], date(first, 1, 1), date(last, 12, 31))
    return {name: value[0] for name, value in values.items()}


@settings(max_examples=20, deadline=None)
@given(start=st.integers(0, 900), days=st.integers(1, 200), chosen=st.sets(st.integers(0, 9), min_size=1))
def test_a_value_does_not_depend_on_what_else_is_asked_for(start: int, days: int, chosen: set[int]) -> None:
    places = EVERYWHERE[10:20]
    whole = WEATHER.daily(places, date(2019, 1, 1), date(2022, 1, 31))
    first = date(2019, 1, 1) + timedelta(days=start)
    part = WEATHER.daily([places[index] for index in chosen], first, first + timedelta(days=days - 1))
    for name in VARIABLES:
        np.testing.assert_array_equal(part[name], whole[name][list(chosen), start : start + days])


def test_every_variable_is_there_and_possible_on_earth() -> None:
    values = WEATHER.daily(EVERYWHERE, date(2015, 1, 1), date(2020, 12, 31))
    assert set(values) == set(VARIABLES)
    for name, variable in VARIABLES.items():
        assert values[name].shape == (len(EVERYWHERE), 2192)
        assert np.all((values[name] >= variable.lower) & (values[name] <= variable.upper)), name


def test_the_variables_of_a_day_fit_together() -> None:
    values = WEATHER.daily(EVERYWHERE, date(2019, 1, 1), date(2020, 12, 31))
    lowest, mean, highest = (values[f"temperature_2m_{name}"] for name in ("min", "mean", "max"))
    assert np.all((lowest <= mean) & (mean <= highest))
    assert np.all(values["dew_point_2m_mean"] <= lowest)
    assert np.all(values["wind_gusts_10m_max"] >= values["wind_speed_10m_max"])
    expected = relative_humidity(mean, values["dew_point_2m_mean"])
    # The humidity was rounded to whole %, temperatures to 0.05 °C.
    np.testing.assert_allclose(values["relative_humidity_2m_mean"], expected, atol=1.2)


def test_rain_comes_with_clouds_low_pressure_and_in_spells() -> None:
    values = years(BERLIN)
    is_wet = values["precipitation_sum"] >= 1
    assert 0.2 < is_wet.mean() < 0.5
    assert values["cloud_cover_mean"][is_wet].mean() > values["cloud_cover_mean"][~is_wet].mean() + 15
    assert values["pressure_msl_mean"][is_wet].mean() < values["pressure_msl_mean"][~is_wet].mean() - 5
    assert is_wet[1:][is_wet[:-1]].mean() > is_wet[1:][~is_wet[:-1]].mean() + 0.2
    assert 300 < values["precipitation_sum"].sum() / 20 < 1500


def test_summer_is_in_july_in_the_north_and_in_january_in_the_south() -> None:
    north, south = (years(place)["temperature_2m_mean"] for place in (BERLIN, SYDNEY))
    day = np.arange(len(north)) % 365.2425
    july, january = (day > 181) & (day < 212), day < 31
    assert north[july].mean() > north[january].mean() + 10
    assert south[january].mean() > south[july].mean() + 5


def test_heights_are_colder() -> None:
    valley, summit = (years(Place(47, 10, height))["temperature_2m_mean"].mean() for height in (0, 2000))
    assert valley - summit == pytest.approx(13, abs=0.1)


def test_it_warms() -> None:
    early, late = (years(BERLIN, first, first + 29)["temperature_2m_mean"].mean() for first in (1941, 1991))
    assert 0.5 < late - early < 3


def test_the_weather_upwind_tells_more_of_tomorrow_than_the_weather_downwind() -> None:
    places = [Place(50, longitude, 100) for longitude in (2.0, 10.0, 18.0)]
    rows = WEATHER.daily(places, date(2001, 1, 1), date(2020, 12, 31))["pressure_msl_mean"]
    west, here, east = rows - rows.mean(axis=1, keepdims=True)
    assert np.corrcoef(west[:-1], here[1:])[0, 1] > np.corrcoef(here[:-1], here[1:])[0, 1]
    assert np.corrcoef(here[:-1], here[1:])[0, 1] > np.corrcoef(east[:-1], here[1:])[0, 1] + 0.1


def test_a_point_stands_for_its_grid_cell() -> None:
    place = WEATHER.place(60.39, 5.32)
    assert (place.latitude, place.longitude) == (60.5, 5.25)
    assert place.elevation_m >= 0


def test_relative_humidity_is_that_of_the_tables() -> None:
    # Saturation pressures of 12.27 hPa at 10 °C and 23.39 hPa at 20 °C (WMO-No. 8): 52.5 %.
    assert relative_humidity(np.array([20.0]), np.array([10.0]))[0] == pytest.approx(52.5, abs=0.1)
    assert relative_humidity(np.array([5.0]), np.array([5.0]))[0] == pytest.approx(100)


def test_distributions_agree_with_known_values() -> None:
    assert normal_probability(np.array([1.96]))[0] == pytest.approx(0.975, abs=1e-4)
    assert normal_quantile(np.array([0.9]))[0] == pytest.approx(1.28155, abs=1e-4)
    # The gamma distribution of shape 1 is exponential: its median is ln 2. That of shape 1/2 is half of chi square
    # with one degree of freedom: its 95 % quantile is 3.84146 / 2.
    assert gamma_quantile(np.array([0.5]), 1.0)[0] == pytest.approx(np.log(2), abs=1e-4)
    assert gamma_quantile(np.array([0.95]), 0.5)[0] == pytest.approx(1.92073, abs=1e-3)

"""Observations played back as a weather source."""

from datetime import date

import numpy as np
import pyarrow as pa

from meteolake.simulate.observed import ObservedWeather
from meteolake.sites import Site

SITES = [Site("a", "A", 50.0, 10.0, 200.0), Site("b", "B", 50.0, 11.0)]
OBSERVATIONS = pa.table(
    {
        "site_id": ["a", "b", "a", "elsewhere"],
        "date": pa.array([date(2020, 1, 1), date(2020, 1, 1), date(2020, 1, 3), date(2020, 1, 9)], pa.date32()),
        "temperature_2m_max": [1.0, 2.0, None, 9.0],
        "precipitation_sum": [0.0, 0.1, 0.2, 9.0],
    }
)
WEATHER = ObservedWeather(OBSERVATIONS, SITES)


def test_the_nearest_site_within_reach_answers() -> None:
    # 0.3° of longitude at 50° north are 21 km, 0.6° are 43 km.
    near_a, near_b = WEATHER.place(50.0, 10.3), WEATHER.place(50.0, 10.6)
    assert near_a is not None
    assert near_b is not None
    assert (near_a.longitude, near_a.elevation_m) == (10.0, 200.0)
    assert near_b.longitude == 11.0
    assert np.isnan(near_b.elevation_m)
    assert WEATHER.place(51.0, 10.0) is None
    assert ObservedWeather(OBSERVATIONS, []).place(50.0, 10.0) is None


def test_days_without_observation_are_nan() -> None:
    places = [place for place in (WEATHER.place(50.0, 11.0), WEATHER.place(50.0, 10.0)) if place]
    values = WEATHER.daily(places, date(2019, 12, 31), date(2020, 1, 4))
    missing = np.nan
    np.testing.assert_array_equal(
        values["temperature_2m_max"], [[missing, 2, missing, missing, missing], [missing, 1, missing, missing, missing]]
    )
    np.testing.assert_array_equal(values["precipitation_sum"][1], [missing, 0, missing, 0.2, missing])
    assert set(values) == {"temperature_2m_max", "precipitation_sum"}

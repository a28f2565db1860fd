"""The calendar of NumPy dates against Python's own."""

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from meteolake.climate.calendar import day_of_year, years

close = st.dates(date(1999, 12, 1), date(2000, 4, 1))
far = st.dates(date(1750, 1, 1), date(2400, 12, 31))


@given(st.lists(close, max_size=300) | st.lists(far, max_size=20))
def test_many_dates_of_few_days_are_like_each_alone(days: list[date]) -> None:
    dates = np.array(days, "datetime64[D]")
    assert years(dates).tolist() == [day.year for day in days]
    assert day_of_year(dates).tolist() == [day.replace(year=2000).timetuple().tm_yday for day in days]

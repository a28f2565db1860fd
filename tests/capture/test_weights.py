import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.capture.weights import affordable_days, floor_days, location_weight, request_weight


@pytest.mark.parametrize(
    ("variables", "days", "weight"),
    [
        (1, [7671], 54.79286),
        (15, [31, 31], 6.6428566),
        (1, [31, 31], 2.0),
    ],
    ids=["one site", "two sites", "floor"],
)
def test_weights_are_those_that_the_server_computes_in_float32(variables: int, days: list[int], weight: float) -> None:
    assert np.float32(request_weight(variables, days)) == np.float32(weight)


@pytest.mark.parametrize(
    ("variables", "sites", "days", "weight"),
    [
        (10, 1, 10_958, 782.71),
        (4, 100, 365, 1042.86),
        (4, 100, 366, 1045.71),
        (10, 1, 31_412, 2243.7),
        (4, 100, 1, 100),
        (4, 100, 35, 100),
        (10, 1000, 14, 1000),
    ],
)
def test_weights_of_common_requests(variables: int, sites: int, days: int, weight: float) -> None:
    assert request_weight(variables, [days] * sites) == pytest.approx(weight, abs=0.06)


@given(st.integers(1, 40))
def test_up_to_the_floor_a_window_costs_as_much_as_a_day(variables: int) -> None:
    days = floor_days(variables)
    assert location_weight(variables, days) == location_weight(variables, 1)
    assert location_weight(variables, days + 1) > location_weight(variables, 1)


@given(st.integers(1, 40), st.floats(0.5, 5000))
def test_affordable_days_are_the_most_within_a_weight(variables: int, weight: float) -> None:
    days = affordable_days(variables, weight)
    assert days == 0 or location_weight(variables, days) <= weight
    assert location_weight(variables, days + 1) > weight

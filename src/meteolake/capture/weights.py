"""What a request costs: Open-Meteo bills weight, not requests.

A location costs max(1, v, v · days / 14) with v = variables / 10, in float32 as the server computes it. So one day
costs as much as `floor_days`; beyond that the price is linear: cutting a window is free while no piece is shorter.
"""

import math
from collections.abc import Iterable

import numpy as np

_VARIABLES_PER_CALL = np.float32(10)
_DAYS_PER_CALL = np.float32(14)


def location_weight(variables: int, days: int) -> float:
    """The weight of one location over `days` days, exactly a float32."""
    share = np.float32(variables) / _VARIABLES_PER_CALL
    return float(max(np.float32(1), share, share * (np.float32(days) / _DAYS_PER_CALL)))


def request_weight(variables: int, days: Iterable[int]) -> float:
    """The weight of one request whose locations ask for so many days each."""
    total = np.float32(0)
    for each in days:
        total = total + np.float32(location_weight(variables, each))
    return float(total)


def floor_days(variables: int) -> int:
    """The longest window that costs no more than a single day."""
    return max(math.floor(14 * max(1.0, 10 / variables)), 1)


def affordable_days(variables: int, weight: float) -> int:
    """The longest window of one location that weighs no more than `weight`; 0 if a single day weighs more."""
    if location_weight(variables, 1) > weight:
        return 0
    days = math.ceil(weight * 140 / variables)
    while location_weight(variables, days) > weight:
        days -= 1
    return days

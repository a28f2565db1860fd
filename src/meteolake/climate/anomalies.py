"""Anomalies: departures of days from their normals."""

import numpy as np

from meteolake.climate.calendar import Dates, Floats, day_of_year
from meteolake.climate.normals import Cycle


def anomalies(dates: Dates, values: Floats, usual: Cycle) -> tuple[Floats, Floats]:
    """a = x - m(d) and z = a / s(d), with the cycle's mean m and spread s for day of the year d.

    Returns:
        Anomalies `(days,)` in the variable's unit, and standardised anomalies `(days,)`; NaN where the spread is zero.
    """
    index = day_of_year(dates) - 1
    anomaly = values - usual.mean[index]
    spread = usual.spread[index]
    standardised = np.divide(anomaly, spread, out=np.full(len(values), np.nan), where=spread > 0)
    return anomaly, standardised

"""How an archive differs from a station: by month, by quantile, and by a day that is booked elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from meteolake.climate.calendar import Dates, Floats, Integers, day_of_year, lay_out
from meteolake.climate.normals import cycle

LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_LEAST_DAYS = 30
_LAGS = (-1, 0, 1)
_CLEARLY_BETTER = 0.05


@dataclass(frozen=True)
class Bias:
    """Archive against station in one month of the year, in the variable's unit; quantiles at `LEVELS`."""

    month: int
    days: int
    bias: float
    mae: float
    rmse: float
    correlation: float
    archive_quantiles: Floats
    station_quantiles: Floats


def monthly_bias(dates: Dates, archive: Floats, station: Floats) -> Iterator[Bias]:
    """The bias of each month with at least 30 days that both have.

    Args:
        dates: `(days,)`.
        archive, station: `(days,)`, NaN for missing.
    """
    is_known = np.isfinite(archive) & np.isfinite(station)
    month = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    for number in range(1, 13):
        chosen = is_known & (month == number)
        ours, theirs = archive[chosen], station[chosen]
        if len(ours) < _LEAST_DAYS:
            continue
        difference = ours - theirs
        yield Bias(
            number,
            len(ours),
            float(difference.mean()),
            float(np.abs(difference).mean()),
            float(np.sqrt((difference**2).mean())),
            _correlation(ours, theirs),
            np.quantile(ours, LEVELS),
            np.quantile(theirs, LEVELS),
        )


def booked_days_later(dates: Dates, archive: Floats, station: Floats) -> int:
    """By how many days the station books its values later than the archive: -1, 0 or 1.

    Another day is told where the anomalies of both agree clearly better so.
    """
    is_known = np.isfinite(archive) & np.isfinite(station)
    if is_known.sum() < 365:
        return 0
    known = dates[is_known]
    ours, theirs = (_anomaly(known, values[is_known]) for values in (archive, station))
    agreement = {lag: _lagged(known, ours, theirs, lag) for lag in _LAGS}
    best = max(agreement, key=lambda lag: agreement[lag])
    return best if agreement[best] > agreement[0] + _CLEARLY_BETTER else 0


def corrected(values: Floats, archive_quantiles: Floats, station_quantiles: Floats) -> Floats:
    """Archive values as the station would have them: quantile mapping (Panofsky and Brier, 1968).

    Between the quantiles the correction is linear, beyond them that of the outermost quantile.

    Args:
        values: the archive's, any shape.
        archive_quantiles, station_quantiles: at the same levels, ascending.
    """
    nodes, first = np.unique(archive_quantiles, return_index=True)
    change = np.add.reduceat(station_quantiles - archive_quantiles, first)
    count = np.diff(np.r_[first, len(archive_quantiles)])
    return np.asarray(values + np.interp(values, nodes, change / count))


def _anomaly(dates: Dates, values: Floats) -> Floats:
    usual = cycle(lay_out(dates, values)[1])
    return np.asarray(values - usual.mean[0, day_of_year(dates) - 1])


def _lagged(dates: Dates, archive: Floats, station: Floats, lag: int) -> float:
    """The correlation of the archive's days with the station's days `lag` days later."""
    ordinals = dates.astype(np.int64)
    place: Integers = np.searchsorted(ordinals, ordinals + lag)
    inside = place < len(ordinals)
    inside[inside] = ordinals[place[inside]] == ordinals[inside] + lag
    return _correlation(archive[inside], station[place[inside]])


def _correlation(one: Floats, other: Floats) -> float:
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])

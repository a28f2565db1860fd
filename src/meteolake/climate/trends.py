"""Trends of yearly and seasonal values: how fast, and whether it can be chance."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from meteolake.climate.calendar import Dates, Floats, Integers
from meteolake.variables import RollUp

LEAST_YEARS = 10
_LEAST_SHARE = 0.9
_SEASONS = {"year": range(1, 13), "djf": (12, 1, 2), "mam": (3, 4, 5), "jja": (6, 7, 8), "son": (9, 10, 11)}
_SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Trend:
    """A trend: slope a decade with its 95 % interval, in the values' unit; p-value and tau of the Mann-Kendall test."""

    slope_per_decade: float
    lower: float
    upper: float
    p_value: float
    tau: float
    first_year: int
    last_year: int
    years: int


def seasonal_values(dates: Dates, values: Floats, roll_up: RollUp) -> Iterator[tuple[str, Integers, Floats]]:
    """Each season's years and values, those with at least nine tenths of their days; a winter is named by its January.

    Args:
        dates: `(days,)`, ascending.
        values: `(days,)`, without missing values.
        roll_up: how days become a season's value.
    """
    months = dates.astype("datetime64[M]").astype(np.int64)
    year, month = months // 12 + 1970, months % 12 + 1
    for season, members in _SEASONS.items():
        chosen = np.isin(month, members)
        named = year[chosen] + (month[chosen] == 12) * (season == "djf")
        found, place = np.unique(named, return_inverse=True)
        count = np.bincount(place)
        if not len(found):
            continue
        total = np.bincount(place, values[chosen])
        highest, lowest = np.full(len(found), -np.inf), np.full(len(found), np.inf)
        np.maximum.at(highest, place, values[chosen])
        np.minimum.at(lowest, place, values[chosen])
        rolled = {"mean": total / count, "sum": total, "max": highest, "min": lowest}[roll_up]
        is_whole = count >= _LEAST_SHARE * (365 if season == "year" else 90)
        yield season, found[is_whole], rolled[is_whole]


def trend(years: Integers, values: Floats) -> Trend | None:
    """The trend of yearly values; None for fewer than ten.

    Slope after Sen (1968) with the interval of Gilbert (1987); significance after Mann (1945) and Kendall (1975), with
    the variance corrected for ties and, after Hamed and Rao (1998), for the autocorrelation of the ranks.

    Args:
        years: `(years,)`, ascending; some may be missing.
        values: `(years,)`.
    """
    if len(years) < LEAST_YEARS:
        return None
    count = len(values)
    first, second = np.triu_indices(count, 1)
    slopes = np.sort((values[second] - values[first]) / (years[second] - years[first]))
    score = float(np.sign(values[second] - values[first]).sum())
    variance = _variance(values)
    slope = float(np.median(slopes))
    lower, upper = _interval(slopes, variance)
    corrected = variance * _correction(values, slope)
    # Few values that alternate can give a correction below zero, which says nothing.
    widened = corrected if corrected > 0 else variance
    z = 0.0 if score == 0 else (score - np.sign(score)) / np.sqrt(widened)
    p_value = 2 * (1 - NormalDist().cdf(abs(z)))
    tau = score / (count * (count - 1) / 2)
    return Trend(10 * slope, 10 * lower, 10 * upper, p_value, tau, int(years[0]), int(years[-1]), count)


def _variance(values: Floats) -> float:
    """The variance of Mann-Kendall's score, less for values that are equal."""
    count = len(values)
    ties = np.unique(values, return_counts=True)[1]
    whole = count * (count - 1) * (2 * count + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()
    return float(whole / 18)


def _interval(slopes: Floats, variance: float) -> tuple[float, float]:
    half = NormalDist().inv_cdf(1 - _SIGNIFICANCE / 2) * np.sqrt(variance)
    places = np.array([(len(slopes) - half) / 2 - 1, (len(slopes) + half) / 2])
    lower, upper = np.interp(places, np.arange(len(slopes)), slopes)
    return float(lower), float(upper)


def _correction(values: Floats, slope: float) -> float:
    """By how much autocorrelation widens the variance: of the ranks of the detrended values, where significant."""
    count = len(values)
    ranks = _ranks(values - slope * np.arange(1, count + 1))
    departure = ranks - ranks.mean()
    total = (departure**2).sum()
    if total == 0:
        return 1.0
    lags = np.arange(1, count)
    correlation = np.array([(departure[lag:] * departure[:-lag]).sum() / total for lag in lags])
    bound = NormalDist().inv_cdf(1 - _SIGNIFICANCE / 2) / np.sqrt(count)
    significant = np.where(np.abs(correlation) > bound, correlation, 0.0)
    weight = (count - lags) * (count - lags - 1) * (count - lags - 2)
    return float(1 + 2 / (count * (count - 1) * (count - 2)) * (weight * significant).sum())


def _ranks(values: Floats) -> Floats:
    """Ranks from 1 on; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place])

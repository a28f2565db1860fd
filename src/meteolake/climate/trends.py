"""Trends of yearly and seasonal values: how fast, and whether it can be chance."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from meteolake.climate.calendar import Floats, Integers, days_in_months
from meteolake.climate.monthly import Months
from meteolake.variables import RollUp

LEAST_YEARS = 10
_LEAST_SHARE = 0.9
_SEASONS = {"year": range(12), "djf": (0, 1, 11), "mam": (2, 3, 4), "jja": (5, 6, 7), "son": (8, 9, 10)}
_COMBINE: dict[RollUp, Callable[[Floats], Floats]] = {
    "mean": lambda months: np.nansum(months, axis=2),
    "sum": lambda months: np.nansum(months, axis=2),
    "max": lambda months: np.fmax.reduce(months, axis=2),
    "min": lambda months: np.fmin.reduce(months, axis=2),
}
_SIGNIFICANCE = 0.05
_Z = NormalDist().inv_cdf(1 - _SIGNIFICANCE / 2)
_cdf = np.vectorize(NormalDist().cdf, otypes=[float])


@dataclass(frozen=True)
class Trends:
    """Trends, `(series,)` each: slope a decade with its 95 % interval in the values' unit, and the Mann-Kendall test.

    All are NaN where there are fewer than ten years.
    """

    slope_per_decade: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    tau: Floats
    from_year: Integers
    until_year: Integers
    years: Integers


def seasonal_values(found: Integers, rolled: Months, roll_up: RollUp) -> Iterator[tuple[str, Floats]]:
    """Each season and its values `(series, years)`, NaN with less than nine tenths of the days.

    A winter is named by its January.

    Args:
        found: the years `(years,)`.
        rolled: months of the same years, `(series, years, 12)`.
        roll_up: how days become a season's value.
    """
    parts = {"mean": rolled.value * rolled.days, "sum": rolled.value, "max": rolled.highest, "min": rolled.lowest}
    length = days_in_months(found)
    for season, months in _SEASONS.items():
        part, days = parts[roll_up], rolled.days.astype(float)
        if season == "djf":
            part, days = _after_december(part, np.nan), _after_december(days, 0.0)
        chosen = list(months)
        count = days[..., chosen].sum(axis=2)
        value = _COMBINE[roll_up](part[..., chosen]) / (np.maximum(count, 1) if roll_up == "mean" else 1)
        yield season, np.where(count >= _LEAST_SHARE * length[:, chosen].sum(axis=1), value, np.nan)


def trends(found: Integers, values: Floats) -> Trends:
    """Trends of yearly values.

    Slope after Sen (1968) with the interval of Gilbert (1987); significance after Mann (1945) and Kendall (1975), with
    the variance corrected for ties and, after Hamed and Rao (1998), for the autocorrelation of the ranks.

    Args:
        found: the years `(years,)`, ascending.
        values: `(series, years)`, NaN for missing.
    """
    is_known = np.isfinite(values)
    count = is_known.sum(axis=1)
    if len(found) < LEAST_YEARS:
        nothing = np.full(len(values), np.nan)
        return Trends(nothing, nothing, nothing, nothing, nothing, count * 0, count * 0, count)
    first, second = np.triu_indices(values.shape[1], 1)
    change = values[:, second] - values[:, first]
    slopes = np.sort(change / (found[second] - found[first]), axis=1)
    pairs = np.maximum(count * (count - 1) // 2, 1)
    score = np.nansum(np.sign(change), axis=1)
    variance = _variance(values, count)
    slope = _at(slopes, (pairs - 1) / 2, pairs)
    half = _Z * np.sqrt(variance)
    lower, upper = _at(slopes, (pairs - half) / 2 - 1, pairs), _at(slopes, (pairs + half) / 2, pairs)
    corrected = variance * _correction(values, count, slope)
    # Few values that alternate can give a correction below zero, which says nothing.
    deviation = np.sqrt(np.where(corrected > 0, corrected, variance))
    z = np.divide(score - np.sign(score), deviation, out=np.zeros(len(score)), where=deviation > 0)
    is_enough = count >= LEAST_YEARS
    answers = (10 * slope, 10 * lower, 10 * upper, 2 * (1 - _cdf(np.abs(z))), score / pairs)
    slope_per_decade, low, high, p_value, tau = (np.where(is_enough, answer, np.nan) for answer in answers)
    from_year = found[np.argmax(is_known, axis=1)]
    until_year = found[len(found) - 1 - np.argmax(is_known[:, ::-1], axis=1)]
    return Trends(slope_per_decade, low, high, p_value, tau, from_year, until_year, count)


def _after_december(months: Floats, before_the_first: float) -> Floats:
    """Months `(series, years, 12)`, in each year's December that of the year before."""
    shifted = months.copy()
    shifted[:, 1:, 11] = months[:, :-1, 11]
    shifted[:, 0, 11] = before_the_first
    return shifted


def _variance(values: Floats, count: Integers) -> Floats:
    """The variance of Mann-Kendall's score, less for values that are equal, `(series,)`."""
    equal = (values[:, :, None] == values[:, None, :]).sum(axis=2)
    ties = np.where(equal > 0, (equal - 1) * (2 * equal + 5), 0).sum(axis=1)
    return np.asarray((count * (count - 1) * (2 * count + 5) - ties) / 18)


def _at(ordered: Floats, place: Floats, count: Integers) -> Floats:
    """The value of each row at a place between 0 and its count, interpolated linearly, `(series,)`."""
    place = np.clip(place, 0, count - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, count - 1)
    row = np.arange(len(ordered))
    return np.asarray(ordered[row, below] + (place - below) * (ordered[row, above] - ordered[row, below]))


def _correction(values: Floats, count: Integers, slope: Floats) -> Floats:
    """By how much autocorrelation widens the variance, `(series,)`: of the ranks of the detrended values.

    Correlations that are not significant count as none; years without a value are left out of the sequence.
    """
    order = np.argsort(np.isnan(values), axis=1, kind="stable")
    packed = np.take_along_axis(values, order, axis=1) - slope[:, None] * np.arange(1, values.shape[1] + 1)
    is_lower = packed[:, None, :] < packed[:, :, None]
    is_equal = packed[:, None, :] == packed[:, :, None]
    ranks = is_lower.sum(axis=2) + (is_equal.sum(axis=2) + 1) / 2
    departure = np.where(np.isnan(packed), 0.0, ranks - (count[:, None] + 1) / 2)
    total = (departure**2).sum(axis=1)
    bound = _Z / np.sqrt(np.maximum(count, 1))
    weighted = np.zeros(len(values))
    for lag in range(1, values.shape[1]):
        product = (departure[:, lag:] * departure[:, :-lag]).sum(axis=1)
        correlation = np.divide(product, total, out=np.zeros(len(values)), where=total > 0)
        left = np.maximum(count - lag, 0)
        weighted += np.where(np.abs(correlation) > bound, left * (left - 1) * (left - 2) * correlation, 0.0)
    return np.asarray(1 + 2 * weighted / np.maximum(count * (count - 1) * (count - 2), 1))

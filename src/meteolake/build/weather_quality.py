"""weather_quality: trusted daily series to flags of doubtful values, which stay in the trusted tables."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame

from meteolake.build.blocks import Columns, repeated
from meteolake.build.tiles import Group, map_tiles
from meteolake.climate import month_checks
from meteolake.climate import quality_checks as checks
from meteolake.climate.calendar import Floats, Integers, day_of_year, lay_out
from meteolake.climate.normals import cycle
from meteolake.rules import (
    DUPLICATE_MONTH,
    FREQUENT_VALUE,
    GAP,
    LAGGED_RANGE,
    NAUGHT,
    NEIGHBOURS,
    OUTLIER,
    SAME_EXTREMES,
    SPIKE,
    STREAK,
    UNIT_SLIP,
    Rule,
)
from meteolake.tables import Table
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN

Mask = npt.NDArray[np.bool_]

_TEMPERATURES = (TEMPERATURE_MAX, TEMPERATURE_MIN)
_CHECKED = (*_TEMPERATURES, PRECIPITATION)
_NEAR_KM = 75.0
_MOST_NEIGHBOURS = 7
_EARTH_KM = 6371.0


def flags(daily: DataFrame, sites: DataFrame, table: Table) -> DataFrame:
    """One row per doubtful value and rule: site, date, variable, rule, value, detail."""
    return map_tiles(daily, sites, _CHECKED, table, _flag_rows)


def _flag_rows(group: Group) -> Iterator[Columns]:
    for rule, variable, mask, detail in _doubtful(group):
        core = np.flatnonzero(group.is_core)
        is_doubtful = mask[core]
        if is_doubtful.any():
            place, day = np.nonzero(is_doubtful)
            count = np.bincount(place, minlength=len(core))
            yield {
                "site_id": repeated([group.site_ids[site] for site in core], count),
                "date": group.dates[day],
                "variable": variable,
                "rule": rule.id,
                "value": group.values[variable][core[place], day],
                "detail": detail,
            }


def _doubtful(group: Group) -> Iterator[tuple[Rule, str, Mask, str | None]]:
    dates, values = group.dates, group.values
    maximum, minimum, rain = (values[name] for name in _CHECKED)
    neighbours = _neighbours(group.latitude, group.longitude)
    for name in _TEMPERATURES:
        yield GAP, name, checks.gaps(dates, values[name]), None
        yield OUTLIER, name, checks.outliers(dates, values[name]), None
        yield SPIKE, name, checks.spikes(values[name]), None
        yield NAUGHT, name, checks.naughts(maximum, minimum), None
        yield SAME_EXTREMES, name, month_checks.same_extremes(dates, maximum, minimum), None
        anomalies = _anomalies(group, name)
        yield NEIGHBOURS, name, checks.far_from_neighbours(anomalies, neighbours), None
    too_warm, too_cold = checks.lagged_ranges(maximum, minimum)
    yield LAGGED_RANGE, TEMPERATURE_MAX, too_warm, None
    yield LAGGED_RANGE, TEMPERATURE_MIN, too_cold, None
    yield GAP, PRECIPITATION, checks.gaps(dates, rain, checks.RAIN_GAP), None
    yield OUTLIER, PRECIPITATION, checks.rain_outliers(dates, rain, (maximum + minimum) / 2), None
    yield FREQUENT_VALUE, PRECIPITATION, checks.frequent_values(rain), None
    for name in _CHECKED:
        yield STREAK, name, checks.streaks(values[name], is_rain=name == PRECIPITATION), None
        yield DUPLICATE_MONTH, name, month_checks.duplicate_months(dates, values[name]), None
        for unit, mask in month_checks.unit_slips(dates, values[name], is_rain=name == PRECIPITATION):
            yield UNIT_SLIP, name, mask, f"reads like {unit}"


def _anomalies(group: Group, name: str) -> Floats:
    """Departures from each site's own normals, NaN where it has no values."""
    found = np.full(group.values[name].shape, np.nan)
    day = day_of_year(group.dates) - 1
    for site, series in enumerate(group.values[name]):
        if np.isfinite(series).any():
            found[site] = series - cycle(lay_out(group.dates, series)[1]).mean[0, day]
    return found


def _neighbours(latitude: Floats, longitude: Floats) -> Integers:
    """The rows of the sites within 75 km of each, nearest first, -1 for none: `(sites, 7)`."""
    north, east = np.radians(latitude), np.radians(longitude)
    points = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    distance = _EARTH_KM * np.arccos(np.clip(points @ points.T, -1.0, 1.0))
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :_MOST_NEIGHBOURS]
    return np.where(np.take_along_axis(distance, nearest, axis=1) <= _NEAR_KM, nearest, -1)

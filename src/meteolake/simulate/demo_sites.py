"""A set of real cities for demonstrations, and what stations there would have observed of the generated weather."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from meteolake.simulate.fields import Array
from meteolake.simulate.weather import GeneratedWeather, Place
from meteolake.sites import Site

DEMO_SITES = tuple(
    Site(site_id, name, latitude, longitude, elevation_m, utc_offset_hours)
    for site_id, name, latitude, longitude, elevation_m, utc_offset_hours in (
        ("amsterdam", "Amsterdam", 52.37, 4.90, -2, 1),
        ("athens", "Athens", 37.98, 23.73, 95, 2),
        ("barcelona", "Barcelona", 41.39, 2.17, 12, 1),
        ("belgrade", "Belgrade", 44.79, 20.45, 117, 1),
        ("bergen", "Bergen", 60.39, 5.32, 12, 1),
        ("berlin", "Berlin", 52.52, 13.41, 34, 1),
        ("bucharest", "Bucharest", 44.43, 26.10, 83, 2),
        ("budapest", "Budapest", 47.50, 19.04, 104, 1),
        ("copenhagen", "Copenhagen", 55.68, 12.57, 9, 1),
        ("dublin", "Dublin", 53.35, -6.26, 8, 0),
        ("edinburgh", "Edinburgh", 55.95, -3.19, 47, 0),
        ("helsinki", "Helsinki", 60.17, 24.94, 17, 2),
        ("lisbon", "Lisbon", 38.72, -9.14, 45, 0),
        ("london", "London", 51.51, -0.13, 11, 0),
        ("madrid", "Madrid", 40.42, -3.70, 657, 1),
        ("munich", "Munich", 48.14, 11.58, 519, 1),
        ("oslo", "Oslo", 59.91, 10.75, 23, 1),
        ("paris", "Paris", 48.86, 2.35, 35, 1),
        ("rome", "Rome", 41.90, 12.50, 21, 1),
        ("stockholm", "Stockholm", 59.33, 18.07, 28, 1),
        ("vienna", "Vienna", 48.21, 16.37, 171, 1),
        ("vilnius", "Vilnius", 54.69, 25.28, 112, 2),
        ("warsaw", "Warsaw", 52.23, 21.01, 110, 1),
        ("zurich", "Zurich", 47.37, 8.54, 408, 1),
    )
)

# What a station's instruments add to the truth: standard deviations of its constant bias and of each day's noise.
_INSTRUMENTS = {
    "temperature_2m_max": (0.7, 0.6),
    "temperature_2m_min": (0.7, 0.6),
    "temperature_2m_mean": (0.5, 0.4),
    "wind_speed_10m_max": (1.5, 2.0),
    "wind_gusts_10m_max": (2.0, 3.0),
    "pressure_msl_mean": (0.3, 0.3),
}
_OBSERVED = (*_INSTRUMENTS, "precipitation_sum")
_MISSING_SHARE = 0.01
_OUTAGES_PER_YEAR = 0.7
_LONGEST_OUTAGE_DAYS = 40
_GROSS_ERROR_SHARE = 0.0004
_DAYS = 366


@dataclass(frozen=True)
class _Year:
    """What goes wrong at a station in a year: arrays over its 366 days.

    `noise` is standard normal, `(variables, days)`; `is_missing` tells gaps, `error` the number of a
    gross error, 0 for none.
    """

    noise: Array
    is_missing: np.typing.NDArray[np.bool_]
    error: np.typing.NDArray[np.int64]


def station_observations(sites: Sequence[Site], first: date, last: date, seed: int = 0) -> pa.Table:
    """Observations of stations at the sites from `first` to `last`, both included: site_id, date and variables.

    They are the generated weather with a bias of each station, noise, gaps, and a few gross errors for the quarantine:
    999.9 for a maximum, a minimum above the maximum, negative rain. The same day gives the same values in any range.
    """
    places = [Place(site.latitude, site.longitude, site.elevation_m or 0.0) for site in sites]
    truth = GeneratedWeather(seed).daily(places, first, last)
    return pa.concat_tables(
        [
            _station(site, {name: truth[name][row] for name in _OBSERVED}, first, last, seed)
            for row, site in enumerate(sites)
        ]
    )


def _station(site: Site, truth: dict[str, Array], first: date, last: date, seed: int) -> pa.Table:
    """One station's rows; days of a gap have no row."""
    station = zlib.crc32(site.site_id.encode())
    years = [_year(station, year, seed) for year in range(first.year, last.year + 1)]
    days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    index = np.array([(day.year - first.year) * _DAYS + day.timetuple().tm_yday - 1 for day in days])
    noise = np.concatenate([year.noise for year in years], axis=1)[:, index]
    bias = np.random.default_rng([seed, station]).standard_normal(len(_OBSERVED))
    values = {name: truth[name] for name in _OBSERVED}
    for row, (name, (bias_spread, noise_spread)) in enumerate(_INSTRUMENTS.items()):
        values[name] = np.round(truth[name] + bias_spread * bias[row] + noise_spread * noise[row], 1)
    values["precipitation_sum"] = _caught(truth["precipitation_sum"], bias[-1], noise[-1])
    _keep_order(values)
    _add_gross_errors(values, np.concatenate([year.error for year in years])[index])
    is_there = ~np.concatenate([year.is_missing for year in years])[index]
    table = pa.table({"site_id": [site.site_id] * len(days), "date": pa.array(days, pa.date32()), **values})
    return table.filter(pa.array(is_there))


def _year(station: int, year: int, seed: int) -> _Year:
    """The noise, gaps and gross errors of a station's year, drawn from seed, station and year alone."""
    random = np.random.default_rng([seed, station, year])
    noise = random.standard_normal((len(_OBSERVED), _DAYS))
    is_missing = random.random(_DAYS) < _MISSING_SHARE
    for _ in range(random.poisson(_OUTAGES_PER_YEAR)):
        start = random.integers(_DAYS)
        is_missing[start : start + random.integers(3, _LONGEST_OUTAGE_DAYS)] = True
    has_error = random.random(_DAYS) < _GROSS_ERROR_SHARE
    return _Year(noise, is_missing, np.where(has_error, random.integers(1, 4, _DAYS), 0))


def _caught(rain: Array, bias: float, noise: Array) -> Array:
    """What a gauge catches of the rain: some of it is lost to wind and splashing."""
    return np.round(rain * np.clip(0.93 + 0.04 * bias + 0.12 * noise, 0.2, 1.3), 1)


def _keep_order(values: dict[str, Array]) -> None:
    """Undo what the noise broke: a minimum above the mean, a maximum below it, a gust below the wind."""
    middle = values["temperature_2m_mean"]
    values["temperature_2m_min"] = np.minimum(values["temperature_2m_min"], middle)
    values["temperature_2m_max"] = np.maximum(values["temperature_2m_max"], middle)
    values["wind_speed_10m_max"] = np.maximum(values["wind_speed_10m_max"], 0.0)
    values["wind_gusts_10m_max"] = np.maximum(values["wind_gusts_10m_max"], values["wind_speed_10m_max"])


def _add_gross_errors(values: dict[str, Array], error: np.typing.NDArray[np.int64]) -> None:
    """Put in what careless loggers write."""
    highest, lowest = values["temperature_2m_max"], values["temperature_2m_min"]
    values["temperature_2m_min"] = np.where(error == 2, np.round(highest + 1.5, 1), lowest)
    values["temperature_2m_max"] = np.where(error == 1, 999.9, highest)
    values["precipitation_sum"] = np.where(error == 3, -9.9, values["precipitation_sum"])

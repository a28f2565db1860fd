"""All 27 indices against climdex.pcic 1.2-0, the ETCCDI's reference software, on a made-up series with gaps.

The values beside this file were made by that software from `station`, with the base period 1992 to 1996; values by year
and month, empty for not enough data. The series is whole arithmetic, so that it is the same everywhere; its gaps differ
between the variables, its values are tenths that often equal a percentile, and its rain has long dry spells.
"""

from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pytest

from meteolake.climate.calendar import Floats
from meteolake.climate.indices import INDICES, Climate, climate_indices
from meteolake.climate.station_days import StationDays, station_days

REFERENCE = Path(__file__).with_name("reference_software.csv")
BASE = (1992, 1996)
FIRST, END = np.datetime64("1991-02-20"), np.datetime64("1998-11-11")


def station() -> StationDays:
    dates = np.arange(FIRST, END)
    ordinal = dates.astype(np.int64)
    season = np.abs(ordinal % 365 - 200) - 91  # -91 in July, +109 in January
    spells = sum(chance(ordinal // length, 7 + length) for length in (2, 5, 11)) // 12
    middle = 60 - season + spells - 100
    rain = np.where(chance(ordinal // 6, 3) % 10 < 7, 0, chance(ordinal, 4) % 260) // (1 + chance(ordinal, 5) % 4)
    rain = np.where((dates >= np.datetime64("1995-11-20")) & (dates < np.datetime64("1997-02-01")), 0, rain)
    variables = (middle + chance(ordinal, 1) % 50, middle - chance(ordinal, 2) % 50, rain)
    return station_days(dates, *(with_gaps(dates, values, number) for number, values in enumerate(variables)))


def chance(ordinal: np.ndarray, stream: int) -> np.ndarray:
    """Whole numbers of 0 to 999 that look like chance."""
    mixed = (ordinal * 2_654_435_761 + stream * 40_503_217) % 2**32
    mixed = (mixed ^ (mixed >> 15)) * 2_246_822 % 2**32
    return np.asarray((mixed ^ (mixed >> 13)) % 1000)


def with_gaps(dates: np.ndarray, tenths: np.ndarray, variable: int) -> Floats:
    """Single days that are missing, other ones for each variable, and a month of 1994 without any."""
    ordinal = dates.astype(np.int64)
    is_missing = chance(ordinal, 20 + variable) < 15
    is_missing |= dates.astype("datetime64[M]") == np.datetime64("1994-05") + 2 * variable
    is_missing &= dates.astype("datetime64[Y]") != np.datetime64("1996")
    return np.where(is_missing, np.nan, tenths / 10)


@pytest.mark.parametrize("is_northern", [True, False], ids=["north", "south"])
def test_every_index_is_that_of_the_reference_software(is_northern: bool) -> None:
    ours = {
        (each.index.name, str(first)[: 4 if each.period == "year" else 7]): value
        for each in climate_indices(Climate(station(), *BASE, is_northern=is_northern))
        for first, value in zip(each.first_days, each.values, strict=True)
    }
    expected = [row for row in pacsv.read_csv(REFERENCE).to_pylist() if row["hemisphere"] == int(is_northern)]
    assert {row["index"] for row in expected} == set(INDICES if is_northern else {"gsl"})
    for row in expected:
        value = ours[row["index"], str(row["period"])]
        if row["value"] is None:
            assert np.isnan(value), row
        else:
            assert value == pytest.approx(row["value"], abs=1e-6), row

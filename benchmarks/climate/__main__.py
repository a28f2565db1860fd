"""Our ETCCDI indices beside xclim's on a file of station days: `python -m benchmarks.climate FILE --base 2009 2014`.

xclim needs an environment of its own (`pip install xclim`), since it brings numba, dask and SciPy. What differs and why
stands in docs/climate.md.
"""

import argparse
import warnings
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.climate import xclim_indices
from meteolake.climate.calendar import Floats
from meteolake.climate.indices import Climate, climate_indices
from meteolake.climate.station_days import StationDays, station_days
from meteolake.station_files import read_observations
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN

_OBSERVED = (TEMPERATURE_MAX, TEMPERATURE_MIN, PRECIPITATION)
_LEAST_DAYS = 1500


def stations(observations: pa.Table) -> Iterator[StationDays]:
    """The stations with four years or more of both temperatures and of rain."""
    for site_id in sorted(pc.unique(observations["site_id"]).to_pylist()):
        rows = observations.filter(pc.field("site_id") == site_id).sort_by("date")
        series = [rows[name].to_numpy().astype(float) for name in _OBSERVED]
        if all(np.isfinite(values).sum() >= _LEAST_DAYS for values in series):
            yield station_days(rows["date"].to_numpy().astype("datetime64[D]"), *series)


def ours(climate: Climate) -> dict[tuple[str, str], Floats]:
    """Our values by index and kind of period."""
    return {(each.index.name, each.period): each.values for each in climate_indices(climate)}


def compare(file: str, base: tuple[int, int], *, is_northern: bool) -> None:
    """Print for each index how many values are alike and by how much the others differ."""
    found: dict[tuple[str, str], list[tuple[Floats, Floats]]] = {}
    for days in stations(read_observations(file)):
        our_values = ours(Climate(days, *base, is_northern=is_northern))
        for key, values in xclim_indices.computed(days, base, is_northern=is_northern):
            found.setdefault(key, []).append((our_values[key], values))
    print(f"{'index':8}{'by':7}{'values':>8}{'alike':>8}{'mean':>10}{'mean diff':>11}{'max diff':>10}")
    for (name, period), pairs in found.items():
        our_all, their_all = (np.concatenate(each) for each in zip(*pairs, strict=True))
        is_known = np.isfinite(our_all)  # xclim has a value for periods with too many missing days, too
        difference = their_all[is_known] - our_all[is_known]
        alike = np.isclose(difference, 0, atol=1e-6).sum()
        means = f"{our_all[is_known].mean():10.3f}{difference.mean():11.4f}{np.abs(difference).max():10.3f}"
        print(f"{name:8}{period:7}{is_known.sum():8}{alike:8}{means}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.climate", description=__doc__)
    parser.add_argument("file", help="station days as `meteolake load-observations` reads them")
    parser.add_argument("--base", type=int, nargs=2, default=(1991, 2020), help="the base period's years")
    parser.add_argument("--south", action="store_true", help="the stations lie south of the equator")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    compare(asked.file, tuple(asked.base), is_northern=not asked.south)


if __name__ == "__main__":
    main()

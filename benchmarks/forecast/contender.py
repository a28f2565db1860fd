"""Runs one contender and prints its seconds and scores as JSON: `python -m benchmarks.forecast.contender NAME …`."""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.forecast import libraries, ours
from benchmarks.forecast.data import marks, task
from benchmarks.forecast.ridge import ridge

CONTENDERS = {**ours.CONTENDERS, "ridge": ridge, **libraries.CONTENDERS}


def main(name: str, folder: str, sites: int, origins: int, every: int) -> None:
    warnings.simplefilter("ignore")
    whole = task(Path(folder), "2009-01-01", "2013-12-31", "2015-12-31", every)
    part = whole.subset(sites, origins)
    forecast = CONTENDERS[name]
    started = time.perf_counter()
    quantiles, probability = forecast(part)
    seconds = time.perf_counter() - started
    # The reference on the same cases, so that contenders on fewer cases can be compared by skill.
    usual, usual_chance = ours.climatology(part)
    found, reference = marks(part, quantiles, probability), marks(part, usual, usual_chance)
    skill = {f"skill {key}": 1 - found[key] / reference[key] for key in found if not key.startswith("cover")}
    cases = {"sites": len(part.scored), "origins": len(part.origins), "s/site": seconds / len(part.scored)}
    print(json.dumps({"seconds": seconds, **cases, **found, **{k: v for k, v in skill.items() if np.isfinite(v)}}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))

"""What training and forecasting cost for many sites: made-up weather, tile after tile as in a run, by processes."""

import argparse
import json
import resource
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from meteolake.forecast.history import History
from meteolake.forecast.model import train
from meteolake.forecast.predictors import MAXIMUM, MINIMUM, PRECIPITATION
from meteolake.forecast.tiles import Tile, tiles
from meteolake.tables import LEAD_DAYS, QUANTILES


def tile_history(tile: Tile, years: int) -> History:
    """Anomalies that the sites of a tile share in part and that fade within days; rain where they fall."""
    random = np.random.default_rng(int(tile.core[0]))
    dates = np.arange(np.datetime64("1991-01-01"), np.datetime64(f"{1991 + years}-01-01"))
    sites = len(tile.members)
    shared = random.standard_normal((8, len(dates)))
    for day in range(1, len(dates)):
        shared[:, day] = 0.7 * shared[:, day - 1] + 0.7 * shared[:, day]
    anomaly = random.standard_normal((sites, 8)) @ shared / 3 + 0.5 * random.standard_normal((sites, len(dates)))
    season = 10 * np.cos(2 * np.pi * np.arange(len(dates)) / 365.25)
    maximum = 15 + season + 3 * anomaly
    rain = np.where(anomaly < -0.3, 1 + random.gamma(0.8, 5, anomaly.shape), 0.0)
    return History(dates, {MAXIMUM: maximum, MINIMUM: maximum - 8, PRECIPITATION: rain})


def forecast(work: tuple[Tile, int]) -> tuple[float, float]:
    """Train and forecast a tile; the seconds, also of the processor, without making the weather up."""
    tile, years = work
    history = tile_history(tile, years)
    started, busy = time.perf_counter(), time.process_time()
    model = train(history, LEAD_DAYS, np.arange(len(tile.core)))
    model.forecast(history, np.array([len(history.dates) - 1]), QUANTILES)
    return time.perf_counter() - started, time.process_time() - busy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--years", type=int, default=30)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--share", type=float, default=1.0, help="Run only a part of the tiles and scale the seconds.")
    options = parser.parse_args()
    random = np.random.default_rng(0)
    found = tiles(random.uniform(35, 60, options.sites), random.uniform(-10, 30, options.sites))
    some = found[:: max(1, round(1 / options.share))]
    with ProcessPoolExecutor(options.processes) as pool:
        each = list(pool.map(forecast, [(tile, options.years) for tile in some]))
    scale = options.sites / sum(len(tile.core) for tile in some)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 * options.processes
    counts = {"tiles": len(found), "tiles run": len(some), "peak MB of all processes": peak}
    seconds, busy = (sum(part) * scale / options.processes for part in zip(*each, strict=True))
    print(json.dumps({"seconds": seconds, "CPU seconds of each core": busy, **counts}))


if __name__ == "__main__":
    main()

"""What every contender forecasts: the same stations, days and origins."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from meteolake.cli.forecast_evaluation import station_history
from meteolake.forecast import scores
from meteolake.forecast.history import Floats, History, Integers
from meteolake.forecast.predictors import MAXIMUM, PRECIPITATION
from meteolake.forecast.rain import WET_DAY
from meteolake.forecast.verify import observed

LEADS = tuple(range(1, 15))
SHOWN = (1, 2, 3, 5, 7, 14)
LEVELS = np.linspace(0.025, 0.975, 39)
_LEAST_SHARE = 0.9


@dataclass(frozen=True)
class Task:
    """`history` from the first day of training on, the day after training, the days of issue.

    `scored` are the positions of the stations that are scored; all may be learnt from.
    """

    history: History
    split: int
    origins: Integers
    scored: Integers

    def values(self, name: str) -> Floats:
        """A variable at the stations that are scored."""
        return self.history.values[name][self.scored]

    def subset(self, sites: int, origins: int) -> "Task":
        """Some stations and some origins, evenly spread, for who is slow; 0 for all."""
        some = np.linspace(0, len(self.scored) - 1, sites or len(self.scored)).astype(int)
        few = np.linspace(0, len(self.origins) - 1, origins or len(self.origins)).astype(int)
        return Task(self.history, self.split, self.origins[few], self.scored[some])


def task(folder: Path, first: str, train_until: str, test_until: str, every: int) -> Task:
    """The stations with more than 90 % of the days, of a folder with the files of the Australian stations."""
    whole, _, _ = station_history(folder / "australia_daily.csv.gz", folder / "australia_sites.csv")
    ends = [int(np.searchsorted(whole.dates, np.datetime64(day), "right")) for day in (train_until, test_until)]
    start = int(np.searchsorted(whole.dates, np.datetime64(first)))
    history = whole.between(start, ends[1])
    good = np.isfinite(history.values[MAXIMUM]).mean(axis=1) > _LEAST_SHARE
    history = History(history.dates, {name: part[good] for name, part in history.values.items()})
    split = ends[0] - start
    return Task(history, split, np.arange(split - 1, len(history.dates) - 1, every), np.arange(history.sites))


def marks(task: Task, quantiles: Floats, probability: Floats | None) -> dict[str, float]:
    """Scores of quantiles of the maximum `(sites, origins, leads, levels)` and of a chance of rain, by lead."""
    came = observed(task.values(MAXIMUM), task.origins, LEADS)
    low, middle, high = (int(np.argmin(np.abs(LEVELS - level))) for level in (0.1, 0.5, 0.9))
    found = {
        "CRPS": scores.crps_from_quantiles(quantiles, LEVELS, came),
        "MAE": np.abs(came - quantiles[..., middle]),
        "cover": scores.coverage(quantiles[..., low], quantiles[..., high], came),
    }
    if probability is not None:
        rain = observed(task.values(PRECIPITATION), task.origins, LEADS)
        wet = np.where(np.isnan(rain), np.nan, (rain >= WET_DAY).astype(float))
        found["Brier"] = scores.brier(probability, wet)
    by_lead = {name: np.nanmean(values, axis=(0, 1)) for name, values in found.items()}
    return {f"{name} {lead}": float(by_lead[name][lead - 1]) for name in by_lead for lead in SHOWN}

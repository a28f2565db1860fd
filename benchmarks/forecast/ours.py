"""Our forecasts, the climatology and persistence."""

from collections.abc import Callable

import numpy as np

from benchmarks.forecast.data import LEADS, LEVELS, Task
from meteolake.forecast.history import Floats
from meteolake.forecast.model import train
from meteolake.forecast.predictors import MAXIMUM, PRECIPITATION
from meteolake.forecast.rain import WET_DAY
from meteolake.forecast.verify import observed

Answer = tuple[Floats, Floats | None]


def model(task: Task) -> Answer:
    found = train(task.history.until(task.split), LEADS).forecast(task.history, task.origins, LEVELS.tolist())
    return found.quantiles[MAXIMUM][task.scored], found.rain_probability[task.scored]


def climatology(task: Task) -> Answer:
    usual = train(task.history.until(task.split), LEADS).climatology
    found = usual.forecast(task.history, task.origins, LEVELS.tolist())
    return found.quantiles[MAXIMUM][task.scored], found.rain_probability[task.scored]


def persistence(task: Task) -> Answer:
    """Today's value with the errors that it had in training; rain as often as after such a day in training."""
    before = np.arange(task.split - max(LEADS))
    values, rain = task.values(MAXIMUM), task.values(PRECIPITATION)
    error = observed(values, before, LEADS) - values[:, before, None]
    quantiles = np.nanquantile(error, LEVELS, axis=1).transpose(1, 2, 0)
    today = values[:, task.origins]
    today = np.where(np.isnan(today), np.nanmean(values[:, : task.split], axis=1, keepdims=True), today)
    wet, was_wet = observed(rain, before, LEADS) >= WET_DAY, (rain[:, before] >= WET_DAY)[:, :, None]
    after = [(wet & (was_wet == state)).sum(axis=1) / (was_wet == state).sum(axis=1) for state in (False, True)]
    is_wet = (rain[:, task.origins] >= WET_DAY)[:, :, None]
    return today[:, :, None, None] + quantiles[:, None], np.where(is_wet, after[1][:, None], after[0][:, None])


CONTENDERS: dict[str, Callable[[Task], Answer]] = {
    "meteolake": model,
    "climatology": climatology,
    "persistence": persistence,
}

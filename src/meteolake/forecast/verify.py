"""Honest skill: forecasts of days that were held back from training, scored beside the climatology's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meteolake.forecast import scores
from meteolake.forecast.history import SEASONS, Floats, History, Integers, is_in, values_ahead
from meteolake.forecast.model import Forecast, train
from meteolake.forecast.predictors import PRECIPITATION
from meteolake.forecast.rain import WET_DAY

_HELD_BACK_SHARE = 0.25
_MOST_HELD_BACK_DAYS = 730
_LEAST_TRAINING_DAYS = 400

Scores = dict[str, dict[str, Floats]]
"""By variable and name of the score."""


@dataclass(frozen=True)
class Verification:
    """Mean scores by variable, `(sites, leads)`, over all days and by season; NaN where nothing could be scored.

    CRPS and MAE in the variable's unit; Brier scores of the rain probability, NaN for other variables. The reference is
    the climatology of the same training days. `first_date` and `last_date` bound the days that were held back.
    """

    first_date: np.datetime64
    last_date: np.datetime64
    scores: Scores
    by_season: dict[str, Scores]


def hold_back(
    history: History,
    leads: Sequence[int],
    levels: Sequence[float],
    *,
    sites: Integers | None = None,
    every: int = 2,
) -> Verification | None:
    """Train without the last days, forecast them from every `every`-th day, and score; None for a short history.

    Args:
        history: of a group of sites.
        leads: days ahead.
        levels: of the quantiles.
        sites: positions of the sites to forecast, all unless given.
        every: days from one forecast to the next.
    """
    days = len(history.dates)
    held_back = min(round(days * _HELD_BACK_SHARE), _MOST_HELD_BACK_DAYS)
    split = days - held_back
    if split < _LEAST_TRAINING_DAYS:
        return None
    model = train(history.until(split), leads, sites)
    origins = np.arange(split - 1, days - 1, every)
    forecast = model.forecast(history, origins, levels)
    reference = model.climatology.forecast(history, origins, levels)
    found = {
        name: _scores(name, forecast, reference, observed(history.values[name][model.sites], origins, leads), levels)
        for name in forecast.quantiles
    }
    valid = history.dates[origins][:, None] + np.array(leads).astype("timedelta64[D]")
    seasons = {season: _means(found, is_in(season, valid)) for season in SEASONS}
    return Verification(history.dates[split], history.dates[-1], _means(found, np.ones(valid.shape, bool)), seasons)


def observed(values: Floats, origins: Integers, leads: Sequence[int]) -> Floats:
    """What came `lead` days after each origin, `(sites, origins, leads)`; NaN beyond the history."""
    return np.stack([values_ahead(values, origins, lead) for lead in leads], axis=2)


def _scores(
    name: str, forecast: Forecast, reference: Forecast, observed: Floats, levels: Sequence[float]
) -> dict[str, Floats]:
    """The scores of each forecast, `(sites, origins, leads)`."""
    level = np.asarray(levels, float)
    quantiles, usual = forecast.quantiles[name], reference.quantiles[name]
    lower, middle, upper = (quantiles[..., int(np.argmin(np.abs(level - at)))] for at in (0.1, 0.5, 0.9))
    found = {
        "cases": np.isfinite(observed).astype(float),
        "crps": scores.crps_from_quantiles(quantiles, level, observed),
        "crps_climatology": scores.crps_from_quantiles(usual, level, observed),
        "mae": np.abs(observed - middle),
        "coverage_80": scores.coverage(lower, upper, observed),
    }
    if name == PRECIPITATION:
        wet = np.where(np.isnan(observed), np.nan, (observed >= WET_DAY).astype(float))
        found["brier"] = scores.brier(forecast.rain_probability, wet)
        found["brier_climatology"] = scores.brier(reference.rain_probability, wet)
    return found


def _means(found: Scores, chosen: npt.NDArray[np.bool_]) -> Scores:
    """Means over the chosen origins `(origins, leads)`, leaving out NaN, and the number of cases."""
    return {
        variable: {name: _mean(values, chosen, is_count=name == "cases") for name, values in scores.items()}
        for variable, scores in found.items()
    }


def _mean(values: Floats, chosen: npt.NDArray[np.bool_], *, is_count: bool) -> Floats:
    known = np.isfinite(values) & chosen
    total, count = np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1)
    return total if is_count else np.where(count > 0, total / np.maximum(count, 1), np.nan)

"""Rolling-origin evaluation: trained once, forecast from day after day as if the future were not known, and scored.

A skill's interval comes from a bootstrap over blocks of days, for days that follow each other err alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from meteolake.forecast import scores
from meteolake.forecast.history import Dates, Floats, History, Integers
from meteolake.forecast.model import Forecast, Model, train
from meteolake.forecast.predictors import MAXIMUM, MINIMUM, PRECIPITATION
from meteolake.forecast.rain import WET_DAY
from meteolake.forecast.tiles import Tile, tiles
from meteolake.forecast.verify import observed

LEADS = tuple(range(1, 15))
LEVELS = np.linspace(0.025, 0.975, 39)
VARIABLES = (MAXIMUM, MINIMUM, PRECIPITATION)

_ORIGINS_AT_ONCE = 60
_BLOCK_DAYS = 30
_RESAMPLED = 500


@dataclass(frozen=True)
class Cases:
    """The scores of a variable's forecasts, each `(sites, origins, leads)`, NaN where it is not known what came.

    Persistence says today's value for all days to come. Of rain alone there are the Brier scores, the `probability`
    of a wet day, and whether it `happened`.
    """

    crps: Floats
    crps_climatology: Floats
    mae: Floats
    mae_climatology: Floats
    mae_persistence: Floats
    coverage_80: Floats
    pit: Floats
    brier: Floats | None = None
    brier_climatology: Floats | None = None
    probability: Floats | None = None
    happened: Floats | None = None

    @property
    def skilled(self) -> tuple[Floats, Floats]:
        """The score that counts and that of the climatology: Brier of rain, CRPS of temperatures."""
        if self.brier is not None and self.brier_climatology is not None:
            return self.brier, self.brier_climatology
        return self.crps, self.crps_climatology


@dataclass(frozen=True)
class Evaluation:
    """What came of it: `issued` `(origins,)`, and the cases of each variable that was observed."""

    issued: Dates
    cases: dict[str, Cases]


@dataclass(frozen=True)
class Skill:
    """The skill of a lead with the ends of its 95 % interval."""

    value: float
    lower: float
    upper: float


def evaluate(
    history: History,
    latitudes: Floats,
    longitudes: Floats,
    train_until: np.datetime64,
    test_until: np.datetime64,
    *,
    every: int = 1,
) -> Evaluation:
    """Train on the days up to one date and forecast from it and every `every`-th day after it up to another.

    Args:
        history: of any number of sites; those of a tile are forecast together.
        latitudes: `(sites,)`.
        longitudes: `(sites,)`.
        train_until: the last day of training, and the first from which a forecast is issued.
        test_until: the last day that is forecast.
        every: days from one forecast to the next.
    """
    known = history.until(int(np.searchsorted(history.dates, test_until, side="right")))
    split = int(np.searchsorted(known.dates, train_until, side="right"))
    origins = np.arange(split - 1, len(known.dates) - 1, every)
    parts = [(tile, _tile(known, tile, split, origins)) for tile in tiles(latitudes, longitudes)]
    cases = {name: _joined([(tile.core, part[name]) for tile, part in parts], history.sites) for name in VARIABLES}
    was_observed = {name: found for name, found in cases.items() if np.isfinite(found.crps).any()}
    return Evaluation(known.dates[origins], was_observed)


def skill(cases: Cases, issued: Dates, chosen: npt.NDArray[np.bool_] | None = None) -> list[Skill]:
    """The skill against climatology by lead, where `chosen` `(sites, origins, leads)` says so."""
    score, usual = cases.skilled
    known = np.isfinite(score) if chosen is None else np.isfinite(score) & chosen
    block = (issued - issued[0]).astype(int) // _BLOCK_DAYS
    sums = [_by_block(np.where(known, values, 0.0), block) for values in (score, usual)]
    drawn = np.random.default_rng(0).integers(0, len(sums[0]), (_RESAMPLED, len(sums[0])))
    resampled = scores.skill(*(part[drawn].sum(axis=1) for part in sums))
    value = scores.skill(*(part.sum(axis=0) for part in sums))
    ends = [np.full(len(value), np.nan)] * 2
    if np.isfinite(resampled).any(axis=0).all():
        ends = list(np.nanquantile(resampled, [0.025, 0.975], axis=0))
    return [Skill(*map(float, lead)) for lead in zip(value, *ends, strict=True)]


def _by_block(values: Floats, block: Integers) -> Floats:
    """Sums over the sites and the origins of each block, `(blocks, leads)`."""
    daily = values.sum(axis=0)
    return np.stack([daily[block == number].sum(axis=0) for number in range(block.max() + 1)])


def _tile(history: History, tile: Tile, split: int, origins: Integers) -> dict[str, Cases]:
    """The cases of a tile's core."""
    members = History(history.dates, {name: values[tile.members] for name, values in history.values.items()})
    model = train(members.until(split), LEADS, np.arange(len(tile.core)))
    portions = list(_forecast(model, members, origins))
    return {
        name: _concatenated([_cases(name, members, model.sites, *portion) for portion in portions], axis=1)
        for name in VARIABLES
    }


def _forecast(model: Model, history: History, origins: Integers) -> Iterator[tuple[Integers, Forecast, Forecast]]:
    """Forecasts and those of the climatology, some origins at a time."""
    usual = model.climatology
    for some in np.array_split(origins, -(-len(origins) // _ORIGINS_AT_ONCE)):
        yield some, model.forecast(history, some, LEVELS.tolist()), usual.forecast(history, some, LEVELS.tolist())


def _cases(
    name: str, history: History, sites: Integers, origins: Integers, forecast: Forecast, reference: Forecast
) -> Cases:
    values = history.values[name][sites]
    came = observed(values, origins, LEADS)
    quantiles, usual = forecast.quantiles[name], reference.quantiles[name]
    low, middle, high = (int(np.argmin(np.abs(LEVELS - level))) for level in (0.1, 0.5, 0.9))
    found = Cases(
        crps=scores.crps_from_quantiles(quantiles, LEVELS, came),
        crps_climatology=scores.crps_from_quantiles(usual, LEVELS, came),
        mae=np.abs(came - quantiles[..., middle]),
        mae_climatology=np.abs(came - usual[..., middle]),
        mae_persistence=np.abs(came - values[:, origins, None]),
        coverage_80=scores.coverage(quantiles[..., low], quantiles[..., high], came),
        pit=scores.pit(quantiles, LEVELS, came),
    )
    if name != PRECIPITATION:
        return found
    wet = np.where(np.isnan(came), np.nan, (came >= WET_DAY).astype(float))
    rain = {
        "brier": scores.brier(forecast.rain_probability, wet),
        "brier_climatology": scores.brier(reference.rain_probability, wet),
        "probability": forecast.rain_probability,
        "happened": wet,
    }
    return Cases(**{**vars(found), **rain})


def _concatenated(parts: Sequence[Cases], axis: int) -> Cases:
    fields: dict[str, Any] = {
        name: None if value is None else np.concatenate([getattr(part, name) for part in parts], axis)
        for name, value in vars(parts[0]).items()
    }
    return Cases(**fields)


def _joined(parts: Sequence[tuple[Integers, Cases]], sites: int) -> Cases:
    """The cases of all tiles in the order of the sites."""
    order = np.argsort(np.concatenate([core for core, _ in parts]))
    if len(order) != sites:
        raise ValueError(f"{len(order)} of {sites} sites were forecast")
    together = _concatenated([part for _, part in parts], axis=0)
    fields: dict[str, Any] = {name: None if value is None else value[order] for name, value in vars(together).items()}
    return Cases(**fields)

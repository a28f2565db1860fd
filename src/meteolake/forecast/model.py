"""The forecast model: from the standardised anomalies of all sites of a group to the days ahead.

For each lead a ridge regression of its own takes today's anomalies of every variable at every site of the group to each
site's anomaly `lead` days later. Penalty, weight and spread are those that did best on the last part of the training
history; a lead at which the regression does no better than the climatology is given to the climatology.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from meteolake.forecast.climatology import Climatology, climatology
from meteolake.forecast.history import Floats, History, Integers, day_index
from meteolake.forecast.rain import WET_DAY, Amounts, amounts
from meteolake.forecast.regression import PENALTIES, Ridge

MAXIMUM, MINIMUM, PRECIPITATION = "temperature_2m_max", "temperature_2m_min", "precipitation_sum"
_WET = "is wet"
_VARIABLE = {MAXIMUM: MAXIMUM, MINIMUM: MINIMUM, _WET: PRECIPITATION}
"""The variable that each target is for: rain is forecast by whether a day is wet."""

_LEAST_DAYS = 400
_VALIDATION_SHARE = 0.25
_CHANCE_GAIN_DAYS = 4.0
"""The best of several regressions on noise gains about so many days' share of the validation; less is no skill."""

_SHAPE_LEVELS = np.linspace(0.005, 0.995, 199)
_BORROWED_DAYS = 50
_LARGEST_ANOMALY = 4.0


@dataclass(frozen=True)
class Rule:
    """How one target is forecast at one lead, in standardised anomalies.

    `coefficients` `(predictors, sites)`, or None where the climatology does as well; `spread` `(sites,)` of the error;
    `shape` the error's quantiles at `_SHAPE_LEVELS`, in units of the spread.
    """

    coefficients: Floats | None
    spread: Floats
    shape: Floats


@dataclass(frozen=True)
class Forecast:
    """Forecasts of every site from some origins; leads and levels are those that were asked for.

    `quantiles` by variable `(sites, origins, leads, levels)` in its unit, `rain_probability` `(sites, origins, leads)`,
    `is_model` by variable `(leads,)`: False where the climatology is the forecast.
    """

    quantiles: dict[str, Floats]
    rain_probability: Floats
    is_model: dict[str, list[bool]]


@dataclass(frozen=True)
class Model:
    """A trained model of a group of sites."""

    climatologies: Mapping[str, Climatology]
    rules: Mapping[tuple[str, int], Rule]
    baseline: Mapping[str, Rule]
    amounts: Amounts

    @property
    def climatology(self) -> "Model":
        """The same group forecast by climatology alone, the reference of every skill."""
        return self.limited_to(set())

    def limited_to(self, skilful: Collection[tuple[str, int]]) -> "Model":
        """The same model where it is known to have skill, by variable and lead, and the climatology elsewhere."""
        rules = {
            (target, lead): rule if (_VARIABLE[target], lead) in skilful else self.baseline[target]
            for (target, lead), rule in self.rules.items()
        }
        return replace(self, rules=rules)

    def forecast(self, history: History, origins: Integers, leads: Sequence[int], levels: Sequence[float]) -> Forecast:
        """Forecast from the days at `origins` of a history, knowing nothing later."""
        today = _predictors(history, self.climatologies)[origins]
        levels_array = np.asarray(levels, float)
        quantiles = {
            name: np.stack([self._temperature(name, lead, today, history, origins, levels_array) for lead in leads], 2)
            for name in (MAXIMUM, MINIMUM)
        }
        quantiles[MINIMUM] = np.minimum(quantiles[MINIMUM], quantiles[MAXIMUM])
        chances, rain = zip(*(self._rain(lead, today, history, origins, levels_array) for lead in leads), strict=True)
        is_model = {
            name: [self.rules[target, lead].coefficients is not None for lead in leads]
            for target, name in _VARIABLE.items()
        }
        return Forecast(quantiles | {PRECIPITATION: np.stack(rain, 2)}, np.stack(chances, 2), is_model)

    def _temperature(
        self, name: str, lead: int, today: Floats, history: History, origins: Integers, levels: Floats
    ) -> Floats:
        rule, usual = self.rules[name, lead], self.climatologies[name]
        day = day_index(history.dates[origins] + np.timedelta64(lead, "D"))
        error = rule.spread[:, None] * np.interp(levels, _SHAPE_LEVELS, rule.shape)
        standardised = _expected(rule, today)[:, :, None] + error[:, None, :]
        return np.asarray(usual.mean[:, day, None] + usual.spread[:, day, None] * standardised)

    def _rain(
        self, lead: int, today: Floats, history: History, origins: Integers, levels: Floats
    ) -> tuple[Floats, Floats]:
        usual = self.climatologies[_WET]
        day = day_index(history.dates[origins] + np.timedelta64(lead, "D"))
        expected = _expected(self.rules[_WET, lead], today)
        chance = np.clip(usual.mean[:, day] + usual.spread[:, day] * expected, 0.005, 0.995)
        return chance, self.amounts.quantiles(chance, day, levels)


def train(history: History, leads: Sequence[int]) -> Model:
    """Train on all of a history. A variable that is missing everywhere counts as never observed.

    Args:
        history: holds the three forecast variables; the others help as predictors.
        leads: days ahead.
    """
    features = _features(history)
    climatologies = {name: climatology(values, history.dates) for name, values in features.items()}
    targets = {name: climatologies[name].standardised(features[name], history.dates).T for name in _VARIABLE}
    baseline = {name: _rule(None, values, np.zeros_like(values)) for name, values in targets.items()}
    days, predictors = len(history.dates), _predictors(history, climatologies)
    rain = amounts(history.values[PRECIPITATION], history.dates)
    if days < _LEAST_DAYS:
        return Model(
            climatologies, {(name, lead): baseline[name] for name in _VARIABLE for lead in leads}, baseline, rain
        )
    split = round(days * (1 - _VALIDATION_SHARE))
    early, whole = Ridge(predictors[:split]), Ridge(predictors)
    later = early.rotated(predictors[split:])
    rules = {
        (name, lead): _trained_rule(early, whole, later, targets[name], split, lead)
        for name in _VARIABLE
        for lead in leads
    }
    return Model(climatologies, rules, baseline, rain)


def _trained_rule(early: Ridge, whole: Ridge, later: Floats, target: Floats, split: int, lead: int) -> Rule:
    """The rule that does best on the days after the split, with coefficients from all days."""
    observed, known = target[split + lead :], np.nan_to_num(target)
    projected = early.projected(known[:split], lead)
    trials = [later[: len(observed)] @ early.shrunk(projected, penalty) for penalty in PENALTIES]
    best = int(np.argmin([_mean_square(observed - trial) for trial in trials]))
    expected = np.where(np.isfinite(observed), trials[best], 0.0)
    weight = float(np.clip((np.nan_to_num(observed) * expected).sum() / max((expected**2).sum(), 1e-12), 0.0, 1.0))
    gain = 1 - _mean_square(observed - weight * expected) / max(_mean_square(observed), 1e-12)
    if gain < _CHANCE_GAIN_DAYS / len(observed):
        return _rule(None, observed, np.zeros_like(observed))
    coefficients = weight * whole.coefficients(whole.projected(known, lead), float(PENALTIES[best]))
    return _rule(coefficients, observed, weight * trials[best])


def _mean_square(values: Floats) -> float:
    """The mean square of what is known; 0 where nothing is."""
    return float(np.nansum(values**2)) / max(int(np.isfinite(values).sum()), 1)


def _rule(coefficients: Floats | None, observed: Floats, expected: Floats) -> Rule:
    """Spread and shape of the errors `(days, sites)`; a site with few errors borrows the group's spread."""
    error = observed - expected
    count = np.isfinite(error).sum(axis=0)
    squares = np.nan_to_num(error**2).sum(axis=0)
    group = squares.sum() / max(count.sum(), 1)
    spread = np.sqrt((squares + _BORROWED_DAYS * group) / (count + _BORROWED_DAYS))
    scaled = (error / np.maximum(spread, 1e-9))[np.isfinite(error)]
    shape = np.quantile(scaled, _SHAPE_LEVELS) if len(scaled) else np.zeros(len(_SHAPE_LEVELS))
    return Rule(coefficients, spread, shape)


def _expected(rule: Rule, today: Floats) -> Floats:
    """The expected standardised anomaly, `(sites, origins)`."""
    if rule.coefficients is None:
        return np.zeros((len(rule.spread), len(today)))
    return np.asarray((today @ rule.coefficients).T)


def _features(history: History) -> dict[str, Floats]:
    """What the predictors are made of: every variable, precipitation by its root, and whether the day is wet."""
    rain = history.values[PRECIPITATION]
    wet = np.where(np.isnan(rain), np.nan, (rain >= WET_DAY).astype(float))
    return {**history.values, PRECIPITATION: np.sqrt(np.maximum(rain, 0.0)), _WET: wet}


def _predictors(history: History, climatologies: Mapping[str, Climatology]) -> Floats:
    """Each day's standardised anomalies of every feature and site, `(days, predictors)`; missing counts as usual."""
    features = _features(history)
    anomalies = [usual.standardised(features[name], history.dates) for name, usual in climatologies.items()]
    return np.clip(np.nan_to_num(np.vstack(anomalies).T), -_LARGEST_ANOMALY, _LARGEST_ANOMALY)

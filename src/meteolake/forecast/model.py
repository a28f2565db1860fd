"""The forecast model: from the standardised anomalies of all sites of a group to the days ahead.

Spells that last are told of by means over the days before. For each lead a ridge regression of its own takes what is
known today to each site's anomaly `lead` days later, as far as that has proved itself in training to tell more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from meteolake.forecast import predictors, spells
from meteolake.forecast.climatology import Climatology, DaySums, climatology, day_sums, together, without_each
from meteolake.forecast.history import Dates, Floats, Floats32, History, Integers, day_index, values_ahead
from meteolake.forecast.predictors import MAXIMUM, MINIMUM, PRECIPITATION, WET, Predictors
from meteolake.forecast.rain import USUAL_CHANCE, Amounts, Chance, amounts, chance
from meteolake.forecast.residuals import Residuals, residuals
from meteolake.forecast.training import Learnt, Trainer, folds

_TARGETS = {MAXIMUM: MAXIMUM, MINIMUM: MINIMUM, PRECIPITATION: WET}
"""What is regressed on for each variable: rain is forecast by whether a day is wet."""

_LEAST_DAYS = 400
_LEAST_KNOWN = 0.5
_MOST_ERRORS = 200_000


@dataclass(frozen=True)
class Rules:
    """How a variable is forecast at each lead; where nothing was `learnt` there is only the climatology.

    `is_model` tells the leads at which what was learnt is used. The distribution is given by `spreads` by lead and by
    `usual` for the climatology; for rain, which has neither, by `chances` by lead.
    """

    is_model: tuple[bool, ...]
    usual: Residuals | None = None
    learnt: Learnt | None = None
    spreads: Mapping[int, Residuals] = field(default_factory=dict)
    chances: Mapping[int, Chance] = field(default_factory=dict)


@dataclass(frozen=True)
class Forecast:
    """Forecasts of the model's sites from some origins; leads and levels are those that were asked for.

    `quantiles` by variable `(sites, origins, leads, levels)` in its unit, `rain_probability` `(sites, origins, leads)`,
    `is_model` by variable `(leads,)`: False where the climatology is the forecast.
    """

    quantiles: dict[str, Floats]
    rain_probability: Floats
    is_model: dict[str, list[bool]]


@dataclass(frozen=True)
class Model:
    """A trained model of a group: `sites` are the positions of those that are forecast, `leads` the days ahead."""

    sites: Integers
    leads: tuple[int, ...]
    climatologies: Mapping[str, Climatology]
    predictors: Predictors
    rules: Mapping[str, Rules]
    amounts: Amounts

    @property
    def climatology(self) -> "Model":
        """The same group forecast by climatology alone, the reference of every skill."""
        return self.limited_to(set())

    def limited_to(self, skilful: Collection[tuple[str, int]]) -> "Model":
        """The same model where it is known to have skill, by variable and lead, and the climatology elsewhere."""
        limited = {
            name: replace(
                rules,
                is_model=tuple(
                    is_model and (name, lead) in skilful
                    for lead, is_model in zip(self.leads, rules.is_model, strict=True)
                ),
            )
            for name, rules in self.rules.items()
        }
        return replace(self, rules=limited)

    def forecast(self, history: History, origins: Integers, levels: Sequence[float]) -> Forecast:
        """Forecast from the days at `origins` of a history of the same sites, knowing nothing later."""
        expected = self._expected(history, origins)
        issued = history.dates[origins]
        days = [day_index(issued + np.timedelta64(lead, "D")) for lead in self.leads]
        level = np.asarray(levels, float)
        quantiles = {
            name: np.stack([self._temperature(name, at, expected[name], days[at], level) for at in range(len(days))], 2)
            for name in (MAXIMUM, MINIMUM)
        }
        quantiles[MINIMUM] = np.minimum(quantiles[MINIMUM], quantiles[MAXIMUM])
        chances = [self._rain_chance(at, expected[PRECIPITATION], days[at]) for at in range(len(days))]
        rain = [self.amounts.quantiles(chance, day, level) for chance, day in zip(chances, days, strict=True)]
        is_model = {name: list(rules.is_model) for name, rules in self.rules.items()}
        return Forecast(quantiles | {PRECIPITATION: np.stack(rain, 2)}, np.stack(chances, 2), is_model)

    def _expected(self, history: History, origins: Integers) -> dict[str, Floats]:
        """Standardised anomalies by variable, `(sites, origins, leads)`; 0 where the climatology is the forecast."""
        first = max(0, int(origins.min()) - spells.MEMORY_DAYS)
        known = history.between(first, int(origins.max()) + 1)
        values = predictors.anomalies(predictors.features(known), known.dates, self.climatologies)
        shared = self.predictors.of(values, known.dates)[origins - first]
        own = _of_sites(values[origins - first], self.sites)
        result, features = {}, list(self.climatologies)
        for name, rules in self.rules.items():
            found = np.zeros((len(self.sites), len(origins), len(self.leads)))
            if rules.learnt is not None and any(rules.is_model):
                target = values[:, features.index(_TARGETS[name])][:, self.sites]
                expected = rules.learnt.expected(shared, own, target, origins - first)
                found = expected.transpose(2, 1, 0) * np.array(rules.is_model)
            result[name] = found
        return result

    def _temperature(self, name: str, at: int, expected: Floats, day: Integers, levels: Floats) -> Floats:
        rules, usual = self.rules[name], self.climatologies[name]
        spread = rules.spreads[at] if rules.is_model[at] or rules.usual is None else rules.usual
        standardised = spread.quantiles(expected[:, :, at], day, levels)
        mean, scale = (part[self.sites][:, day, None] for part in (usual.mean, usual.spread))
        return np.asarray(mean + scale * standardised)

    def _rain_chance(self, at: int, expected: Floats, day: Integers) -> Floats:
        rules, usual = self.rules[PRECIPITATION], self.climatologies[WET].mean[self.sites][:, day]
        return (rules.chances[at] if rules.is_model[at] else USUAL_CHANCE).of(usual, expected[:, :, at])


def train(history: History, leads: Sequence[int], sites: Integers | None = None) -> Model:
    """Train on all of a history. A variable that is missing everywhere counts as never observed.

    Args:
        history: holds the three forecast variables; the others help as predictors.
        leads: days ahead.
        sites: positions of the sites to forecast, all unless given; the others help as predictors.
    """
    sites = np.arange(history.sites) if sites is None else sites
    found = {
        name: values
        for name, values in predictors.features(history).items()
        if np.isfinite(values).any() or name in {*_TARGETS, WET}
    }
    sums = {name: _sums_by_fold(values, history.dates) for name, values in found.items()}
    climatologies = {name: climatology(together(parts)) for name, parts in sums.items()}
    values = predictors.anomalies(found, history.dates, climatologies)
    fitted = predictors.fitted(values)
    trainer = None
    if len(history.dates) >= _LEAST_DAYS:
        trainer = Trainer(fitted.of(values, history.dates), _of_sites(values, sites), _is_usable(found.values()))
    rules = {
        name: _rules(
            trainer,
            _Target(
                found[target][sites],
                history.dates,
                climatologies[target].of_sites(sites),
                [part.of_sites(sites) for part in sums[target]],
            ),
            tuple(leads),
            target == WET,
        )
        for name, target in _TARGETS.items()
    }
    rain = amounts(history.values[PRECIPITATION][sites], history.dates)
    return Model(sites, tuple(leads), climatologies, fitted, rules, rain)


@dataclass(frozen=True)
class _Target:
    """What is regressed on: values `(sites, days)` with their climatology and the sums of each fold."""

    values: Floats32
    dates: Dates
    usual: Climatology
    sums: Sequence[DaySums]


def _sums_by_fold(values: Floats32, dates: Dates) -> list[DaySums]:
    return [day_sums(values[:, fold], dates[fold]) for fold in folds(len(dates))]


def _rules(trainer: Trainer | None, target: _Target, leads: tuple[int, ...], is_rain: bool) -> Rules:
    """The rules of a variable."""
    dates, usual = target.dates, target.usual
    standardised = usual.standardised(target.values, dates)
    unseen = without_each(standardised, dates, folds(len(dates)), target.sums, usual)
    rules = Rules((False,) * len(leads), usual=None if is_rain else _usual_residuals(unseen, dates))
    if trainer is None:
        return rules
    trained = trainer.trained(standardised, unseen, leads, spells.OF_RAIN if is_rain else spells.OF_TEMPERATURE)
    rules = replace(rules, is_model=trained.learnt.is_model, learnt=trained.learnt)
    days = [day_index(dates[trained.days] + np.timedelta64(lead, "D")) for lead in leads]
    said = [np.ascontiguousarray(trained.expected[at].T) for at in range(len(leads))]
    used = [at for at, is_used in enumerate(rules.is_model) if is_used]
    fitted = used[: trained.learnt.regressed]  # all later leads err like the last of these
    if is_rain:
        wet = [values_ahead(target.values, trained.days, lead) for lead in leads]
        chances = {at: chance(usual.mean[:, days[at]], said[at], wet[at]) for at in fitted}
        return replace(rules, chances={at: chances[min(at, fitted[-1])] for at in used})
    came = [np.ascontiguousarray(trained.observed[at].T) for at in range(len(leads))]
    spreads = {at: residuals(came[at], said[at], days[at]) for at in fitted}
    return replace(rules, spreads={at: spreads[min(at, fitted[-1])] for at in used})


def _usual_residuals(unseen: Floats32, dates: Dates) -> Residuals:
    """The errors of the climatology; those of many sites over many years not on each day."""
    some = slice(None, None, 1 + unseen.size // _MOST_ERRORS)
    observed = np.ascontiguousarray(unseen[some].T)
    return residuals(observed, np.zeros_like(observed), day_index(dates[some]))


def _is_usable(values: Iterable[Floats32]) -> npt.NDArray[np.bool_]:
    """The days on which at least half as much is known as usually, `(days,)`: others would teach what is not so."""
    known = sum(np.isfinite(part).sum(axis=0) for part in values)
    usual = np.median(known[known > 0]) if known.any() else 0.0
    return np.asarray(known >= _LEAST_KNOWN * usual)


def _of_sites(values: Floats32, sites: Integers) -> Floats32:
    """Each site's own anomalies, `(sites, days, features)`."""
    return np.ascontiguousarray(values[:, :, sites].transpose(2, 0, 1))

"""What the regression sees of a day: the standardised anomalies of all sites, condensed to their leading components.

Beside the components of the day stand yesterday's, their products with the season (what a wind brings depends on it),
and the squares of the first few (weather is not linear).
The scale of a group says how much it may explain: a ridge shrinks small predictors more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from meteolake.forecast.climatology import Climatology
from meteolake.forecast.history import DAYS, Dates, Floats32, History, day_index
from meteolake.forecast.rain import WET_DAY

MAXIMUM, MINIMUM, PRECIPITATION = "temperature_2m_max", "temperature_2m_min", "precipitation_sum"
WET = "is wet"
"""Whether a day has 1 mm or more: a feature of its own, and what rain is forecast by."""

_LARGEST_ANOMALY = 4.0
_COMPONENTS = 160
_COMPONENTS_WITH_LAG_AND_SEASON = 30
_COMPONENTS_SQUARED = 10
_LAG_SCALE, _SQUARE_SCALE = 0.5, 2.0


def features(history: History) -> dict[str, Floats32]:
    """What the predictors are made of: every variable, precipitation by its root, and whether the day is wet.

    Each `(sites, days)`, laid out by day, so that the values of a day lie together.
    """
    found = {name: np.ascontiguousarray(values.T, dtype=np.float32).T for name, values in history.values.items()}
    rain = found[PRECIPITATION]
    wet = np.where(np.isnan(rain), rain, (rain >= WET_DAY).astype(np.float32))
    return {**found, PRECIPITATION: np.sqrt(np.maximum(rain, 0.0)), WET: wet}


def anomalies(found: Mapping[str, Floats32], dates: Dates, climatologies: Mapping[str, Climatology]) -> Floats32:
    """Standardised anomalies of the features that have a climatology, `(days, features, sites)`; missing is usual."""
    result = np.empty((len(dates), len(climatologies), len(found[WET])), dtype=np.float32)
    for number, (name, usual) in enumerate(climatologies.items()):
        standardised = usual.standardised(found[name], dates)
        standardised[np.isnan(standardised)] = 0.0
        np.clip(standardised, -_LARGEST_ANOMALY, _LARGEST_ANOMALY, out=result[:, number])
    return result


@dataclass(frozen=True)
class Predictors:
    """The components `(features × sites, components)` of a group's anomalies, and what its squares are on average."""

    components: Floats32
    usual_size: float
    usual_squares: Floats32

    def of(self, values: Floats32, dates: Dates) -> Floats32:
        """The predictors of consecutive days, `(days, predictors)`, from anomalies `(days, features, sites)`."""
        scores = values.reshape(len(values), -1) @ self.components
        leading = scores[:, :_COMPONENTS_WITH_LAG_AND_SEASON]
        yesterday = np.vstack([np.zeros_like(leading[:1]), leading[:-1]])
        angle = (2 * np.pi * day_index(dates)[:, None] / DAYS).astype(np.float32)
        parts = [
            scores,
            _LAG_SCALE * yesterday,
            _LAG_SCALE * np.cos(angle) * leading,
            _LAG_SCALE * np.sin(angle) * leading,
            _SQUARE_SCALE * (_squares(scores / self.usual_size) - self.usual_squares),
        ]
        return np.hstack(parts, dtype=np.float32, casting="same_kind")


def fitted(values: Floats32) -> Predictors:
    """The predictors that describe some anomalies `(days, features, sites)` best."""
    flat = values.reshape(len(values), -1)
    _, vectors = np.linalg.eigh(flat.T @ flat)
    components = np.ascontiguousarray(vectors[:, ::-1][:, :_COMPONENTS])
    scores = flat @ components[:, :_COMPONENTS_SQUARED]
    usual_size = max(float(scores[:, 0].std()), 1e-6)
    return Predictors(components, usual_size, _squares(scores / usual_size).mean(axis=0))


def _squares(scores: Floats32) -> Floats32:
    """Squares and products of the first components, `(days, pairs)`."""
    first, second = np.triu_indices(min(_COMPONENTS_SQUARED, scores.shape[1]))
    return scores[:, first] * scores[:, second]

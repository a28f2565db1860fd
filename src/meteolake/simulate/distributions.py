"""Distribution functions that NumPy lacks, by interpolation in tables: exact to about four digits."""

import math
from functools import cache

import numpy as np

from meteolake.simulate.fields import Array

_Z = np.linspace(-6.0, 6.0, 2401)
_PROBABILITIES = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in _Z])


def normal_probability(z: Array) -> Array:
    """The standard normal distribution function."""
    probability: Array = np.interp(z, _Z, _PROBABILITIES)
    return probability


def normal_quantile(probability: Array) -> Array:
    """The standard normal quantile, at most 6 standard deviations away."""
    return np.interp(probability, _PROBABILITIES, _Z)


def gamma_quantile(probability: Array, shape: float) -> Array:
    """The quantile of the gamma distribution with scale 1 and a shape of at most 1."""
    return np.interp(probability, *_gamma_table(shape))


@cache
def _gamma_table(shape: float) -> tuple[Array, Array]:
    """Probabilities and quantiles.

    With s = t^shape the density's pole at 0 goes: P(x) = 1 / Gamma(shape + 1) * integral of exp(-s^(1/shape)) ds.
    """
    s = np.linspace(0.0, 40.0**shape, 20_001)
    quantiles = s ** (1 / shape)
    density = np.exp(-quantiles)
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(s))])
    return area / area[-1], quantiles

"""Random fields: standard normal, correlated as they say, and the same however they are asked for."""

import numpy as np
import pytest

from meteolake.simulate.fields import Array, Field, unit_vectors

DAYS = np.arange(730_000, 736_000)
SCALE_KM = 1000.0


def travelling(*, memory: float = 0.8, turn_days: int = 45) -> Field:
    return Field(7, stream=1, layers=1, scale_km=SCALE_KM, waves=128, memory=memory, turn_days=turn_days)


def along_the_equator(*longitudes: float) -> Array:
    return unit_vectors(np.zeros(len(longitudes)), np.array(longitudes))


def correlation(first: Array, second: Array) -> float:
    return float(np.corrcoef(first, second)[0, 1])


def test_values_are_standard_normal() -> None:
    values = travelling().values(along_the_equator(0, 90, 180), DAYS)[0]
    assert values.mean() == pytest.approx(0, abs=0.05)
    assert values.std() == pytest.approx(1, abs=0.05)
    assert np.mean(np.abs(values) < 1.96) == pytest.approx(0.95, abs=0.01)


def test_correlation_decays_with_distance() -> None:
    # One degree of the equator is 111.2 km, so 9° are 1000 km: the e-folding distance.
    here, near, far = travelling().values(along_the_equator(0, 9, 60), DAYS)[0]
    assert correlation(here, near) == pytest.approx(np.exp(-1), abs=0.12)
    assert abs(correlation(here, far)) < 0.15


def test_a_staying_field_remembers_yesterday() -> None:
    here = travelling(turn_days=0).values(along_the_equator(0), DAYS)[0, 0]
    assert correlation(here[:-1], here[1:]) == pytest.approx(0.8, abs=0.03)
    assert correlation(here[:-3], here[3:]) == pytest.approx(0.8**3, abs=0.05)


def test_the_pattern_moves_eastwards() -> None:
    # A turn in 45 days is 8° a day: tomorrow's value here is today's value 8° to the west, but for the noise.
    west, here, east = travelling().values(along_the_equator(-8, 0, 8), DAYS)[0]
    assert correlation(west[:-1], here[1:]) == pytest.approx(0.8, abs=0.03)
    assert correlation(east[:-1], here[1:]) < 0.4


def test_layers_are_independent() -> None:
    first, second = Field(1, 1, layers=2, scale_km=500, waves=32).values(along_the_equator(0), DAYS)[:, 0]
    assert abs(correlation(first, second)) < 0.05


def test_a_value_does_not_depend_on_what_else_is_asked_for() -> None:
    whole = travelling().values(along_the_equator(0, 5, 200), DAYS[:3000])
    part = travelling().values(along_the_equator(5), DAYS[1111:2222])
    np.testing.assert_allclose(part[:, 0], whole[:, 1, 1111:2222], rtol=0, atol=1e-12)


def test_another_seed_gives_another_field() -> None:
    values = [Field(seed, 1, 1, 500, 32).values(along_the_equator(0), DAYS)[0, 0] for seed in (1, 2)]
    assert abs(correlation(*values)) < 0.05

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st

from meteolake.forecast.scores import brier, coverage, crps_from_quantiles, pinball, skill


def test_crps_from_many_quantiles_is_that_of_the_distribution() -> None:
    """Against the closed form for a normal distribution in the scoringrules package."""
    from statistics import NormalDist

    levels = np.linspace(0.0005, 0.9995, 1000)
    quantiles = 2 + 3 * np.array([NormalDist().inv_cdf(level) for level in levels])
    for observed in (-4.0, 1.5, 2.0, 9.0):
        found = crps_from_quantiles(quantiles, levels, np.array(observed))
        assert found == pytest.approx(scoringrules.crps_normal(observed, 2.0, 3.0), rel=2e-3)


@given(st.lists(st.floats(-50, 50), min_size=3, max_size=3), st.floats(-60, 60))
def test_the_quantile_loss_is_that_of_scoringrules(quantiles: list[float], observed: float) -> None:
    levels = np.array([0.1, 0.5, 0.9])
    found = pinball(np.array(quantiles), levels, np.array(observed))
    expected = [
        scoringrules.quantile_score(observed, value, level) for value, level in zip(quantiles, levels, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_crps_of_a_certain_forecast_is_its_error() -> None:
    levels = np.array([0.1, 0.5, 0.9])
    assert crps_from_quantiles(np.full(3, 5.0), levels, np.array(7.0)) == pytest.approx(2.0)


def test_crps_of_nothing_observed_is_nothing() -> None:
    assert np.isnan(crps_from_quantiles(np.zeros(3), np.array([0.1, 0.5, 0.9]), np.array(np.nan)))


def test_brier_is_that_of_scoringrules() -> None:
    probability, happened = np.array([0.0, 0.3, 0.8, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    np.testing.assert_allclose(brier(probability, happened), scoringrules.brier_score(happened, probability))


def test_coverage_counts_what_lies_inside_and_leaves_out_what_is_missing() -> None:
    found = coverage(np.zeros(4), np.ones(4), np.array([0.5, 1.0, 2.0, np.nan]))
    np.testing.assert_array_equal(found, [1.0, 1.0, 0.0, np.nan])


def test_skill_is_the_share_that_is_saved() -> None:
    np.testing.assert_array_equal(skill(np.array([1.0, 2.0, 0.0]), np.array([2.0, 2.0, 0.0])), [0.5, 0.0, np.nan])

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st

from meteolake.forecast.scores import (
    brier,
    brier_parts,
    coverage,
    crps_ensemble,
    crps_from_quantiles,
    crps_normal,
    pinball,
    pit,
    reliability,
    skill,
)


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


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0.01, 30))
def test_crps_of_a_normal_distribution_is_that_of_scoringrules(observed: float, mean: float, spread: float) -> None:
    found = crps_normal(np.array(observed), np.array(mean), np.array(spread))
    assert found == pytest.approx(scoringrules.crps_normal(observed, mean, spread), abs=1e-9)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=9), st.floats(-60, 60))
def test_crps_of_an_ensemble_is_that_of_scoringrules(members: list[float], observed: float) -> None:
    found = crps_ensemble(np.array(members), np.array(observed))
    assert found == pytest.approx(scoringrules.crps_ensemble(observed, np.array(members), estimator="nrg"), abs=1e-9)


def test_reliability_counts_what_happened_where_some_chance_was_said() -> None:
    """Of the two cases at 0.1 one happened, of the one at 0.9 one; a case that is not known does not count."""
    found = reliability(np.array([0.1, 0.1, 0.9, 0.9]), np.array([0.0, 1.0, 1.0, np.nan]), bins=2)
    np.testing.assert_allclose(found.said, [0.1, 0.9])
    np.testing.assert_allclose(found.happened, [0.5, 1.0])
    np.testing.assert_array_equal(found.cases, [2, 1])


def test_the_parts_of_the_brier_score_by_hand() -> None:
    """Base rate 1/2. At 0.2: 1 of 4 happened, at 0.8: 3 of 4.

    Reliability (0.2 - 0.25)² = 0.0025 in both bins; resolution (0.25 - 0.5)² = 0.0625; uncertainty 0.25.
    """
    probability = np.repeat([0.2, 0.8], 4)
    happened = np.array([1, 0, 0, 0, 1, 1, 1, 0.0])
    assert brier_parts(probability, happened) == pytest.approx((0.0025, 0.0625, 0.25))


@given(st.lists(st.tuples(st.sampled_from([0.05, 0.35, 0.75]), st.booleans()), min_size=1, max_size=50))
def test_the_parts_add_up_to_the_brier_score(cases: list[tuple[float, bool]]) -> None:
    probability, happened = np.array([said for said, _ in cases]), np.array([float(came) for _, came in cases])
    miss, apart, uncertainty = brier_parts(probability, happened)
    assert miss - apart + uncertainty == pytest.approx(brier(probability, happened).mean())


def test_pit_is_where_in_its_distribution_the_observation_lies() -> None:
    """Between the quantiles 0.5 and 0.9, at 2 and 4, a 3 is half way: 0.7; beyond the outer ones half of the rest."""
    quantiles, levels = np.array([0.0, 2.0, 4.0]), np.array([0.1, 0.5, 0.9])
    found = pit(np.tile(quantiles, (4, 1)), levels, np.array([3.0, -1.0, 9.0, np.nan]))
    np.testing.assert_allclose(found, [0.7, 0.05, 0.95, np.nan])

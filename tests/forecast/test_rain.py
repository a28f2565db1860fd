import numpy as np
import pytest

from meteolake.forecast.rain import USUAL_CHANCE, chance


def test_without_news_the_chance_is_the_usual_one() -> None:
    usual = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(USUAL_CHANCE.of(usual, np.zeros(3)), usual)


def test_a_fitted_chance_is_reliable() -> None:
    """Made so that the odds grow with exp(2 × expected): where 70 % is said, 70 % happens."""
    random = np.random.default_rng(0)
    usual, expected = random.uniform(0.1, 0.6, 50_000), random.normal(0, 0.6, 50_000)
    truth = 1 / (1 + (1 - usual) / usual * np.exp(-2 * expected))
    wet = (random.random(50_000) < truth).astype(float)
    wet[::7] = np.nan
    said = chance(usual, expected, wet).of(usual, expected)
    near = np.abs(said - 0.7) < 0.05
    assert truth[near].mean() == pytest.approx(0.7, abs=0.03)
    assert np.abs(said - truth).mean() < 0.02

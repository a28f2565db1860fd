"""What is believed of forecasts of which it is known how good they were."""

import numpy as np
import pytest

from meteolake.forecast.belief import beliefs
from meteolake.forecast.history import Floats, Floats32

YEARS = 5
SITES = 3


def said_and_seen(worth: list[float], *, days: int = 365 * YEARS, seed: int = 0) -> tuple[Floats32, Floats32]:
    """What is said of each lead, of variance 1, and what came: `worth` times that, and noise."""
    random = np.random.default_rng(seed)
    said = random.standard_normal((len(worth), days, SITES)).astype(np.float32)
    noise = random.standard_normal(said.shape).astype(np.float32)
    return said, np.array(worth, dtype=np.float32)[:, None, None] * said + noise


def weights(belief: Floats) -> Floats:
    """How much of what is said of a site is kept, by lead."""
    return np.asarray(np.trace(belief, axis1=1, axis2=2) / SITES)


def test_what_is_said_has_the_weight_that_fits_what_came() -> None:
    said, seen = said_and_seen([1.0, 0.5])
    np.testing.assert_allclose(weights(beliefs(seen, said, YEARS)), [1.0, 0.5], atol=0.06)


def test_no_lead_is_believed_after_one_that_is_not() -> None:
    """Skill fades: a gain behind two leads without any is chance, however sure it looks."""
    said, seen = said_and_seen([0.8, 0.8, 0.0, 0.0, 0.8])
    found = weights(beliefs(seen, said, YEARS))
    assert (found[:2] > 0.5).all()
    np.testing.assert_array_equal(found[3:], 0.0)


def test_a_gain_of_one_year_in_five_is_not_believed() -> None:
    """Many days of one year are one case, not many."""
    said, seen = said_and_seen([0.0])
    seen[:, :365] += said[:, :365]
    np.testing.assert_array_equal(beliefs(seen, said, YEARS), 0.0)


def test_sites_have_one_weight_unless_their_own_record_is_another() -> None:
    """Two sites are told half of what comes, the third nothing; three alike keep the common weight."""
    said, seen = said_and_seen([0.5])
    np.testing.assert_allclose(np.diagonal(beliefs(seen, said, YEARS)[0]), 0.5, atol=0.06)
    said[:, :, 2] = 2 * np.random.default_rng(1).standard_normal(said.shape[1])
    found = np.diagonal(beliefs(seen, said, YEARS)[0])
    np.testing.assert_allclose(found, [0.5, 0.5, 0.0], atol=0.08)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_as_good_as_not_believed(seed: int) -> None:
    """Where it passes for a gain by chance, hardly any of it is left."""
    said, seen = said_and_seen([0.0] * 14, seed=seed)
    np.testing.assert_allclose(beliefs(seen, said, YEARS), 0.0, atol=0.02)

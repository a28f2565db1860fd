"""What training finds in series of which it is known how they were made."""

import numpy as np
import pytest

from meteolake.forecast import spells
from meteolake.forecast.history import Floats, Floats32
from meteolake.forecast.training import Trainer

SITES = 3


def test_training_finds_what_today_tells_of_tomorrow() -> None:
    random = np.random.default_rng(0)
    values = random.standard_normal((2000, SITES)).astype(np.float32)
    tomorrow = np.vstack([values[:1] * 0, values[:-1]]) + 0.1 * random.standard_normal(values.shape).astype(np.float32)
    trainer = Trainer(values, values.T[:, :, None].copy(), np.ones(2000, dtype=bool))
    found = trainer.trained(tomorrow, tomorrow, [1], spells.NONE)
    error = found.observed - found.expected
    assert np.nanmean(error**2) < 0.1 * np.nanmean(found.observed**2)
    assert len(found.days) == 2000


def noise_with_level(random: np.random.Generator, level: Floats) -> Floats32:
    """Anomalies of three sites around a level `(days,)` that all share."""
    return np.asarray(level[:, None] + random.standard_normal((len(level), SITES)), dtype=np.float32)


@pytest.mark.parametrize(
    ("level", "expected"), [(0.0, spells.NONE), (1.0, spells.OF_TEMPERATURE)], ids=["no spells", "spells"]
)
def test_spells_are_given_up_where_the_days_speak_against_them(level: float, expected: spells.Shares) -> None:
    """Levels of 40 days, and none: what spells are thought to leave would be noise then."""
    random = np.random.default_rng(0)
    values = noise_with_level(random, level * np.repeat(random.standard_normal(50), 40))
    trainer = Trainer(values, values.T[:, :, None].copy(), np.ones(2000, dtype=bool))
    learnt = trainer.trained(values, values, [1, 5, 14], spells.OF_TEMPERATURE).learnt
    assert learnt.shares == expected
    assert learnt.is_model[2] == (expected == spells.OF_TEMPERATURE)

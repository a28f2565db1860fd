"""Distributions of errors of which it is known how they were made."""

import numpy as np
import pytest

from meteolake.forecast.residuals import residuals

DAYS = 3000
DAY = np.arange(DAYS) % 366
LEVELS = np.array([0.1, 0.5, 0.9])


@pytest.mark.parametrize(("said", "parts"), [(1.0, 5), (0.2, 2), (0.0, 1)], ids=["much", "little", "nothing"])
def test_errors_are_told_apart_as_finely_as_much_is_said(said: float, parts: int) -> None:
    random = np.random.default_rng(0)
    expected = (said * random.standard_normal((2, DAYS))).astype(np.float32)
    observed = expected + random.standard_normal(expected.shape).astype(np.float32)
    found = residuals(observed, expected, DAY)
    assert len(found.centres) == parts
    quantiles = found.quantiles(expected[:, :1].astype(float), DAY[:1], LEVELS) - expected[:, :1, None]
    np.testing.assert_allclose(quantiles[:, 0], np.broadcast_to([-1.28, 0.0, 1.28], (2, 3)), atol=0.2)

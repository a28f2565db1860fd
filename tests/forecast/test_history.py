"""Means around the days of a history, against the same thing written out."""

import numpy as np

from meteolake.forecast.history import Floats, Floats32, means_around

LEADS = (1, 2, 3, 4, 10)


def written_out(values: Floats32, width: int) -> Floats:
    days = np.arange(len(values))
    weights = np.maximum(0, width - np.abs(days[:, None] - days)) / width
    known = weights @ np.isfinite(values)
    return np.where(known >= width / 2, weights @ np.nan_to_num(values) / np.maximum(known, 0.1), np.nan)


def test_a_longer_lead_has_a_mean_over_more_days_around_it() -> None:
    values = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    values[np.random.default_rng(1).random(values.shape) < 0.3] = np.nan
    for lead, found in zip(LEADS, means_around(values, LEADS), strict=True):
        np.testing.assert_allclose(found, written_out(values, max(1, lead - 1)), atol=1e-5)


def test_the_first_two_days_are_taken_as_they_are() -> None:
    values = np.array([[1.0], [np.nan], [3.0]], dtype=np.float32)
    for found in means_around(values, (1, 2)):
        np.testing.assert_array_equal(found, values)

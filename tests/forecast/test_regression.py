"""The regression in sums of products against the same thing written out."""

import numpy as np

from meteolake.forecast.history import Floats32
from meteolake.forecast.regression import products, solved, squared_error, target_products


def made_up(days: int = 400) -> tuple[Floats32, Floats32, Floats32]:
    random = np.random.default_rng(0)
    shared = random.standard_normal((days, 6)).astype(np.float32)
    own = random.standard_normal((3, days, 2)).astype(np.float32)
    own[:, :, 0] += shared[:, 0]
    target = shared[:, :3] + own[:, :, 0].T + random.standard_normal((2, days, 3))
    return shared, own, target.astype(np.float32)


def test_without_a_penalty_a_sum_of_own_and_shared_is_found() -> None:
    """Each site is its shared predictor and its own first one: the squared error left is that of the noise, 1."""
    shared, own, target = made_up(20_000)
    sums, with_target = products(shared, own), target_products(shared, own, target)
    found = solved(sums, with_target, 1e-3)
    error = squared_error(sums, with_target, found) / (3 * 20_000)
    np.testing.assert_allclose(error, 1.0, atol=0.15)


def test_the_squared_error_from_sums_is_that_from_days() -> None:
    shared, own, target = made_up()
    sums, with_target = products(shared, own), target_products(shared, own, target)
    found = solved(sums, with_target, np.array([0.1, 3.0]))
    written_out = ((target - found.expected(shared, own)) ** 2).sum(axis=(1, 2))
    np.testing.assert_allclose(squared_error(sums, with_target, found), written_out, rtol=1e-4)


def test_sums_of_parts_are_the_sums_of_the_whole() -> None:
    shared, own, _ = made_up()
    parts = products(shared[:150], own[:, :150]) + products(shared[150:], own[:, 150:])
    whole = products(shared, own)
    assert parts.days == whole.days
    for name in ("shared", "own", "cross"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-4, atol=1e-3)


def test_a_large_penalty_leaves_nothing() -> None:
    shared, own, target = made_up()
    found = solved(products(shared, own), target_products(shared, own, target), 1e9)
    np.testing.assert_allclose(found.expected(shared, own), 0, atol=1e-6)


def test_days_without_the_target_count_for_nothing() -> None:
    """With every second day unknown the coefficients are about the same, not half of them."""
    shared, own, target = made_up(4000)
    half = target.copy()
    half[:, ::2] = np.nan
    sums = products(shared, own)
    whole, found = (solved(sums, target_products(shared, own, values), 0.01) for values in (target, half))
    np.testing.assert_allclose(found.shared, whole.shared, atol=0.2)

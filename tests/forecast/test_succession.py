"""Leads learnt one after the other, against sums written out and on series of which it is known how they were made."""

import numpy as np

from meteolake.forecast.history import Floats32
from meteolake.forecast.regression import Coefficients, products, solved, target_products
from meteolake.forecast.succession import solved_in_turn, successions

SITES = 3
LEADS = (1, 2, 3, 4)


def weather(days: int, *, memory: float = 0.8) -> Floats32:
    """Anomalies of a day that keep a share of those of the day before, `(days, 2)`."""
    random = np.random.default_rng(0)
    found = random.standard_normal((days, 2))
    for day in range(1, days):
        found[day] += memory * found[day - 1]
    return np.asarray(found, dtype=np.float32)


def learnt_from(shared: Floats32) -> tuple[Floats32, Floats32]:
    """A site's own anomaly, which is the first shared one and noise, and what comes of the latter after each lead."""
    days = len(shared)
    noise = np.random.default_rng(1).standard_normal((SITES, days, 1))
    ahead = [np.vstack([shared[lead:, :1], np.full((lead, 1), np.nan)]) for lead in LEADS]
    target = np.stack([part + np.random.default_rng(2).standard_normal((days, SITES)) for part in ahead])
    return (shared[None, :, :1] + noise).astype(np.float32), target.astype(np.float32)


def test_what_is_foreseen_is_what_coefficients_say_the_next_day() -> None:
    random, shared = np.random.default_rng(0), weather(200)
    own, _ = learnt_from(shared)
    tomorrow = Coefficients(
        random.standard_normal((2, SITES, 1)).astype(np.float32),
        random.standard_normal((SITES, 1, 1)).astype(np.float32),
    )
    days = np.arange(50, 200)
    of_shared, of_own = successions(shared, own, days).foreseen(tomorrow)
    today = days[:-1]  # what the last day's tomorrow will say is not known
    said = tomorrow.expected(shared[today + 1], own[:, today + 1])
    written_out = target_products(shared[today], own[:, today], said)
    np.testing.assert_allclose(of_shared, written_out.shared, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(of_own, written_out.own, rtol=1e-3, atol=1e-2)


def test_sums_of_parts_are_the_sums_of_the_whole() -> None:
    shared = weather(200)
    own, _ = learnt_from(shared)
    parts = successions(shared, own, np.arange(80)) + successions(shared, own, np.arange(80, 200))
    whole = successions(shared, own, np.arange(200))
    for name, found in vars(parts).items():
        np.testing.assert_allclose(found, getattr(whole, name), rtol=1e-4, atol=1e-3)


def test_a_far_day_is_learnt_better_from_what_tomorrow_foresees_of_it() -> None:
    """After four days 0.8⁴ of an anomaly is left; from 300 noisy days the error of that is the smaller in turn."""
    errors = []
    for first in range(0, 6000, 300):
        shared = weather(6000)[first : first + 300]
        own, target = learnt_from(shared)
        sums, with_target, nothing = products(shared, own), target_products(shared, own, target), np.full(4, 1e-3)
        in_turn = solved_in_turn(sums, successions(shared, own, np.arange(300)), with_target, nothing, LEADS)
        alone = solved(sums, with_target, nothing)
        errors.append([left_of_an_anomaly(found) - 0.8**4 for found in (in_turn, alone)])
    in_turn_error, alone_error = (np.array(errors) ** 2).mean(axis=0)
    assert in_turn_error < 0.8 * alone_error


def left_of_an_anomaly(found: Coefficients) -> float:
    """What is expected four days after an anomaly of 1, on average over the sites."""
    one = np.array([[1.0, 0.0]], dtype=np.float32)
    return float(found.expected(one, np.ones((SITES, 1, 1), dtype=np.float32))[3].mean())


def test_the_first_lead_and_one_after_a_gap_are_learnt_alone() -> None:
    shared = weather(500)
    own, target = learnt_from(shared)
    sums, with_target = products(shared, own), target_products(shared, own, target[[0, 2]])
    found = solved_in_turn(sums, successions(shared, own, np.arange(500)), with_target, np.full(2, 0.1), (1, 3))
    np.testing.assert_allclose(found.shared, solved(sums, with_target, 0.1).shared, atol=1e-5)


def test_days_without_the_target_count_for_nothing() -> None:
    shared = weather(6000)
    own, target = learnt_from(shared)
    half = target.copy()
    half[:, ::2] = np.nan
    sums, next_days = products(shared, own), successions(shared, own, np.arange(6000))
    whole, found = (
        solved_in_turn(sums, next_days, target_products(shared, own, values), np.full(4, 0.01), LEADS)
        for values in (target, half)
    )
    np.testing.assert_allclose(found.shared, whole.shared, atol=0.1)

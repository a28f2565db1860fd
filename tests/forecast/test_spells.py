"""What spells leave, on series whose means are known."""

import numpy as np

from meteolake.forecast.spells import NONE, Shares, seen_in

SHARES = Shares((0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0), {10: 0.1, 100: 0.2})


def test_a_level_that_has_lasted_is_left_by_its_share() -> None:
    values = np.full((400, 2), 3.0, dtype=np.float32)
    known, leads, last = seen_in(values, SHARES), [1, 4, 14, 30], np.array([399])
    np.testing.assert_allclose(known.fading(last, leads)[:, 0, 0], [1.8, 1.05, 0.0, 0.0], atol=1e-5)
    np.testing.assert_allclose(known.lasting(last, leads)[:, 0, 0], 0.9 * (1 - 0.6 / np.array(leads)), rtol=1e-5)


def test_days_before_the_first_and_missing_ones_count_as_usual() -> None:
    values = np.ones((60, 1), dtype=np.float32)
    values[10:20] = np.nan
    found = seen_in(values, Shares(lasting={50: 1.0})).longer[:, 0]
    np.testing.assert_allclose(found[[0, 9, 19, 59]], [1 / 50, 10 / 50, 10 / 50, 40 / 50], rtol=1e-5)


def test_where_there_are_no_spells_nothing_is_left() -> None:
    values = np.ones((60, 1), dtype=np.float32)
    known = seen_in(values, NONE)
    assert not known.lasting(np.arange(60), [1, 14]).any()
    assert not known.fading(np.arange(60), [1, 14]).any()


def test_no_later_day_tells_of_an_earlier_one() -> None:
    values = np.random.default_rng(0).standard_normal((500, 2)).astype(np.float32)
    before = seen_in(values, SHARES)
    values[300:] += 50
    after = seen_in(values, SHARES)
    np.testing.assert_array_equal(after.recent[:300], before.recent[:300])
    np.testing.assert_array_equal(after.longer[:300], before.longer[:300])

"""The rolling evaluation on made-up weather whose skill is known."""

import numpy as np
import pytest

from meteolake.forecast.evaluate import LEADS, Evaluation, evaluate, skill
from meteolake.forecast.history import History, day_index
from meteolake.forecast.predictors import MAXIMUM, MINIMUM, PRECIPITATION
from meteolake.forecast.score_table import pit_rows, reliability_rows, score_rows

LATITUDES, LONGITUDES = np.array([10.0, 40.0, 50.0]), np.array([0.0, 1.0, 2.0])
TRAIN_UNTIL, TEST_UNTIL = np.datetime64("2021-12-31"), np.datetime64("2022-12-31")


def made_up(memory: float = 0.8, seed: int = 0) -> History:
    random = np.random.default_rng(seed)
    dates = np.arange(np.datetime64("2018-01-01"), np.datetime64("2023-01-01"))
    anomaly = np.zeros((3, len(dates)))
    for day in range(1, len(dates)):
        anomaly[:, day] = memory * anomaly[:, day - 1] + np.sqrt(1 - memory**2) * random.standard_normal(3)
    cycle = 10 * np.cos(2 * np.pi * (day_index(dates) - 200) / 366)
    rain = np.where(anomaly < -0.3, 1 + random.gamma(0.8, 5, anomaly.shape), 0.0)
    return History(dates, {MAXIMUM: 15 + cycle + 3 * anomaly, MINIMUM: anomaly * np.nan, PRECIPITATION: rain})


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluate(made_up(), LATITUDES, LONGITUDES, TRAIN_UNTIL, TEST_UNTIL, every=2)


def test_forecasts_are_issued_from_the_end_of_training_on(found: Evaluation) -> None:
    assert found.issued[0] == TRAIN_UNTIL
    assert found.issued[1] - found.issued[0] == np.timedelta64(2, "D")
    assert found.issued[-1] < TEST_UNTIL


def test_what_was_never_observed_is_not_scored(found: Evaluation) -> None:
    assert set(found.cases) == {MAXIMUM, PRECIPITATION}


def test_known_persistence_is_found_within_its_interval(found: Evaluation) -> None:
    """An AR(1) of memory r saves 1 - sqrt(1 - r**(2 lead)) of the CRPS."""
    skills = skill(found.cases[MAXIMUM], found.issued)
    for lead in (1, 2, 3):
        best = 1 - np.sqrt(1 - 0.8 ** (2 * lead))
        assert skills[lead - 1].lower < skills[lead - 1].value < skills[lead - 1].upper
        assert skills[lead - 1].value == pytest.approx(best, abs=0.07)


def test_rows_tell_season_and_region_and_add_up(found: Evaluation) -> None:
    rows = [row for row in score_rows(found, LATITUDES) if row["variable"] == MAXIMUM and row["lead_days"] == 1]
    cases = {(row["season"], row["region"]): row["cases"] for row in rows}
    assert cases["all", "all"] == sum(cases[season, "all"] for season in ("djf", "mam", "jja", "son"))
    assert cases["all", "tropical"] * 2 == cases["all", "temperate"]
    assert {row["lead_days"] for row in score_rows(found, LATITUDES)} == set(LEADS)


def test_the_parts_of_the_brier_score_are_told(found: Evaluation) -> None:
    first = next(row for row in score_rows(found, LATITUDES) if row["variable"] == PRECIPITATION)
    parts = first["reliability"] - first["resolution"] + first["uncertainty"]
    assert parts == pytest.approx(first["brier"], abs=0.01)
    assert sum(row["cases"] for row in reliability_rows(found) if row["lead_days"] == 1) == first["cases"]


def test_calibrated_forecasts_have_even_tenths(found: Evaluation) -> None:
    shares = [row["share"] for row in pit_rows(found)]
    assert sum(shares) == pytest.approx(1.0)
    assert all(0.05 < share < 0.16 for share in shares)


def test_what_comes_after_the_test_is_not_looked_at(found: Evaluation) -> None:
    longer = made_up()
    end = int(np.searchsorted(longer.dates, np.datetime64("2022-07-01")))
    short = evaluate(longer, LATITUDES, LONGITUDES, TRAIN_UNTIL, longer.dates[end - 1], every=2)
    longer.values[MAXIMUM][:, end:] = 99.0
    changed = evaluate(longer, LATITUDES, LONGITUDES, TRAIN_UNTIL, longer.dates[end - 1], every=2)
    np.testing.assert_array_equal(short.cases[MAXIMUM].crps, changed.cases[MAXIMUM].crps)
    known = short.cases[MAXIMUM].crps
    same = found.cases[MAXIMUM].crps[:, : known.shape[1]]
    np.testing.assert_array_equal(known[np.isfinite(known)], same[np.isfinite(known)])

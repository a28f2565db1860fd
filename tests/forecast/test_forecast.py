"""The forecast on series whose best forecast is known, and on the odd ones that real lakes hold."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meteolake.forecast.climatology import climatology, day_sums
from meteolake.forecast.history import History, day_index
from meteolake.forecast.model import Forecast, train
from meteolake.forecast.predictors import MAXIMUM, MINIMUM, PRECIPITATION
from meteolake.forecast.rain import amounts
from meteolake.forecast.verify import hold_back

LEADS = (1, 2, 3, 7, 14)
LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
Floats = npt.NDArray[np.float64]


def made_up(*, sites: int = 4, days: int = 1500, memory: float = 0.8, seed: int = 0) -> History:
    """A seasonal cycle with anomalies that all sites share and that decay by `memory` a day."""
    random = np.random.default_rng(seed)
    dates = np.datetime64("2018-01-01") + np.arange(days).astype("timedelta64[D]")
    shared = np.zeros(days)
    for day in range(1, days):
        shared[day] = memory * shared[day - 1] + np.sqrt(1 - memory**2) * random.standard_normal()
    cycle = 10 * np.cos(2 * np.pi * (day_index(dates) - 200) / 366)
    own = random.standard_normal((sites, days))
    maximum = 15 + cycle + 3 * shared + 0.5 * own
    wet = shared + 0.5 * random.standard_normal((sites, days)) < -0.3
    rain = np.where(wet, 1 + random.gamma(0.8, 5, (sites, days)), 0.0)
    return History(dates, {MAXIMUM: maximum, MINIMUM: maximum - 8 + 0.3 * own, PRECIPITATION: rain})


def forecast(history: History) -> Forecast:
    return train(history, LEADS).forecast(history, np.array([len(history.dates) - 1]), LEVELS)


def assert_sensible(found: Forecast) -> None:
    for name, quantiles in found.quantiles.items():
        assert np.isfinite(quantiles).all(), name
        assert (np.diff(quantiles, axis=-1) >= 0).all(), f"quantiles of {name} cross"
    assert (found.quantiles[PRECIPITATION] >= 0).all()
    assert (found.quantiles[MINIMUM] <= found.quantiles[MAXIMUM]).all()
    assert ((found.rain_probability > 0) & (found.rain_probability < 1)).all()


def test_known_persistence_is_found() -> None:
    """An AR(1) of memory r keeps r**lead of today's anomaly: the CRPS saved is about 1 - sqrt(1 - r**(2 lead))."""
    verification = hold_back(made_up(days=3000), (1, 2), LEVELS)
    assert verification is not None
    scores = verification.scores[MAXIMUM]
    skill = 1 - scores["crps"].mean(axis=0) / scores["crps_climatology"].mean(axis=0)
    expected = 1 - np.sqrt(1 - 0.8 ** (2 * np.array([1, 2])))
    np.testing.assert_allclose(skill, expected, atol=0.06)


def test_white_noise_is_left_to_the_climatology() -> None:
    history = made_up(memory=0.0, days=2500)
    found = forecast(history)
    assert not any(found.is_model[MAXIMUM])
    verification = hold_back(history, LEADS, LEVELS)
    assert verification is not None
    scores = verification.scores[MAXIMUM]
    assert scores["crps"].sum() <= 1.002 * scores["crps_climatology"].sum()


def test_the_central_eighty_percent_hold_eighty_percent() -> None:
    verification = hold_back(made_up(days=3000), LEADS, LEVELS)
    assert verification is not None
    coverage = verification.scores[MAXIMUM]["coverage_80"].mean(axis=0)
    assert ((coverage > 0.75) & (coverage < 0.85)).all()


def test_scores_by_season_add_up_to_those_of_all_days() -> None:
    verification = hold_back(made_up(days=2000), LEADS, LEVELS)
    assert verification is not None
    seasons = [scores[PRECIPITATION] for scores in verification.by_season.values()]
    cases = sum(scores["cases"] for scores in seasons)
    np.testing.assert_array_equal(cases, verification.scores[PRECIPITATION]["cases"])
    for name in ("crps", "brier_climatology", "coverage_80"):
        weighted = sum(scores[name] * scores["cases"] for scores in seasons) / cases
        np.testing.assert_allclose(weighted, verification.scores[PRECIPITATION][name])


def test_changing_the_future_changes_no_forecast() -> None:
    history = made_up()
    known = history.until(1200)
    changed = History(history.dates, {name: values.copy() for name, values in history.values.items()})
    for values in changed.values.values():
        values[:, 1200:] += 50
    origin = np.array([1199])
    model = train(known, LEADS)
    for future in (known, history, changed):
        found = model.forecast(future, origin, LEVELS)
        np.testing.assert_array_equal(
            found.quantiles[MAXIMUM], model.forecast(known, origin, LEVELS).quantiles[MAXIMUM]
        )


@settings(deadline=None, max_examples=12)
@given(origin=st.integers(500, 690), size=st.floats(-80, 80), name=st.sampled_from([MAXIMUM, MINIMUM, PRECIPITATION]))
def test_no_future_whatever_changes_a_forecast_from_before(origin: int, size: float, name: str) -> None:
    """Also of a model that was trained before, as the rolling evaluation has it."""
    history = made_up(sites=3, days=700)
    model = train(history.until(500), (1, 7))
    before = model.forecast(history, np.array([origin]), LEVELS)
    history.values[name][:, origin + 1 :] = np.abs(size) if name == PRECIPITATION else size
    after = model.forecast(history, np.array([origin]), LEVELS)
    for variable, quantiles in before.quantiles.items():
        np.testing.assert_array_equal(quantiles, after.quantiles[variable])
    np.testing.assert_array_equal(before.rain_probability, after.rain_probability)


def test_a_new_site_is_forecast_as_others_have_taught() -> None:
    """A site with half a year of history has most of the skill of its neighbours the day ahead."""
    history = made_up(sites=6, days=2500)
    for values in history.values.values():
        values[0, : 2000 - 180] = np.nan
    model = train(history.until(2000), (1,))
    origins = np.arange(2000, 2499)
    found = model.forecast(history, origins, LEVELS).quantiles[MAXIMUM][0, :, 0, 5]
    usual = model.climatology.forecast(history, origins, LEVELS).quantiles[MAXIMUM][0, :, 0, 5]
    came = history.values[MAXIMUM][0, origins + 1]
    assert np.abs(came - found).mean() < 0.75 * np.abs(came - usual).mean()


def test_other_sites_help_and_only_the_chosen_are_forecast() -> None:
    """The second site has today what the first has tomorrow."""
    history = made_up(sites=2, days=2000, memory=0.0)
    history.values[MAXIMUM][0, 1:] = history.values[MAXIMUM][1, :-1]
    found = train(history, (1,), np.array([0])).forecast(history, np.arange(1900, 1999), LEVELS)
    assert found.quantiles[MAXIMUM].shape == (1, 99, 1, len(LEVELS))
    came = history.values[MAXIMUM][0, 1901:2000]
    assert np.abs(came - found.quantiles[MAXIMUM][0, :, 0, 5]).mean() < 0.5


def test_days_on_which_little_is_known_teach_nothing() -> None:
    """Years in which one site of six stood alone leave the skill of the rest as it is."""
    history, alone = made_up(sites=6, days=2600), made_up(sites=6, days=2600)
    for values in alone.values.values():
        values[1:, :900] = np.nan
    origins = np.arange(2000, 2599)
    errors = []
    for known in (history.between(900, 2600), alone):
        first = 2600 - len(known.dates)
        model = train(known.until(2000 - first), (1,))
        found = model.forecast(known, origins - first, LEVELS).quantiles[MAXIMUM][1:, :, 0, 5]
        errors.append(np.abs(found - history.values[MAXIMUM][1:, origins + 1]).mean())
    assert errors[1] < 1.03 * errors[0]


def test_a_forecast_is_sensible() -> None:
    assert_sensible(forecast(made_up()))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda values: values[:, :-30].__setitem__(..., np.nan), id="thirty days"),
        pytest.param(lambda values: values[0].__setitem__(..., np.nan), id="a site without any value"),
        pytest.param(lambda values: values.__setitem__(..., np.nan), id="no value at all"),
        pytest.param(lambda values: values.__setitem__(..., 3.0), id="constant"),
        pytest.param(lambda values: values[:, ::2].__setitem__(..., np.nan), id="every second day"),
        pytest.param(lambda values: values[:, -20:].__setitem__(..., np.nan), id="nothing new for three weeks"),
        pytest.param(lambda values: values[1, 500:900].__setitem__(..., np.nan), id="a long gap"),
    ],
)
@pytest.mark.parametrize("name", [MAXIMUM, PRECIPITATION])
def test_odd_histories_have_a_sensible_forecast(name: str, spoil: object) -> None:
    history = made_up(sites=3)
    spoil(history.values[name])  # type: ignore[operator]
    if name == MAXIMUM:
        history.values[MINIMUM][:] = history.values[MAXIMUM] - 8
    assert_sensible(forecast(history))


@pytest.mark.parametrize("days", [1, 30, 400, 500])
def test_short_histories_and_single_sites_have_a_sensible_forecast(days: int) -> None:
    assert_sensible(forecast(made_up(sites=1, days=days)))


def test_climatology_knows_the_cycle_and_a_short_series_borrows_it() -> None:
    history = made_up(sites=5, days=2200, memory=0.0)
    values = history.values[MAXIMUM].copy()
    values[0, 60:] = np.nan
    usual = climatology(day_sums(values, history.dates))
    cycle = 15 + 10 * np.cos(2 * np.pi * (np.arange(366) - 200) / 366)
    np.testing.assert_allclose(usual.mean[1:], np.tile(cycle, (4, 1)), atol=0.8)
    np.testing.assert_allclose(usual.mean[0], cycle, atol=4.0)


def test_rain_quantiles_have_the_chance_of_rain_above_zero() -> None:
    dates = np.datetime64("2018-01-01") + np.arange(2000).astype("timedelta64[D]")
    random = np.random.default_rng(1)
    rain = np.where(random.random((1, 2000)) < 0.3, 1 + random.gamma(1, 4, (1, 2000)), 0.0)
    levels = np.linspace(0.01, 0.99, 99)
    found = amounts(rain, dates).quantiles(np.array([[0.3]]), np.array([100]), levels)[0, 0]
    assert (found >= 1.0).mean() == pytest.approx(0.3, abs=0.02)
    np.testing.assert_allclose(found[levels > 0.72], np.quantile(rain, levels)[levels > 0.72], rtol=0.35)

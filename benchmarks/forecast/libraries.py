"""What others use for many daily series, as their manuals recommend it; each knows the days up to the origin alone.

Models are estimated once on the training days and then moved on with the new days, as ours are, where the library can
(`forward`); Prophet cannot, so its trained model forecasts all later days. A gap is filled by what is usual that day.
The chance of rain is what a forecast of the root of precipitation gives to 1 mm and more.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.forecast.data import LEADS, LEVELS, Task
from meteolake.forecast.climatology import climatology, day_sums
from meteolake.forecast.history import DAYS, Floats, day_index
from meteolake.forecast.predictors import MAXIMUM, PRECIPITATION
from meteolake.forecast.rain import WET_DAY

Answer = tuple[Floats, Floats | None]
_PERCENT = (10, 30, 50, 60, 70, 80, 90, 95)
_HARMONICS = 3
_LAGS = (1, 2, 3, 4, 5, 6, 7, 14)
_LEAST_CHANCE = 0.005


def auto_arima(task: Task) -> Answer:
    from statsforecast.models import AutoARIMA

    return _both(task, lambda values: _forwarded(task, values, lambda: AutoARIMA(season_length=1), with_fourier=True))


def auto_ets(task: Task) -> Answer:
    """ETS knows no season of 365 days: the season is taken away before and added after."""
    from statsforecast.models import AutoETS

    return _both(task, lambda values: _forwarded(task, values, lambda: AutoETS(season_length=1), without_season=True))


def mstl(task: Task) -> Answer:
    from statsforecast.models import MSTL, AutoARIMA

    def model() -> Any:
        return MSTL(season_length=365, trend_forecaster=AutoARIMA(season_length=1))

    return _both(task, lambda values: _forwarded(task, values, model))


def prophet(task: Task) -> Answer:
    import logging

    from prophet import Prophet

    logging.getLogger("cmdstanpy").disabled = True
    days = task.origins[:, None] + np.array(LEADS)
    dates = task.history.dates[0] + np.arange(days.max() + 1).astype("timedelta64[D]")

    def quantiles(values: Floats) -> Floats:
        result = np.empty((len(values), *days.shape, len(LEVELS)))
        for site, known in enumerate(values[:, : task.split]):
            training = pd.DataFrame({"ds": task.history.dates[: task.split], "y": known})
            fitted = Prophet(weekly_seasonality=False, daily_seasonality=False, uncertainty_samples=400).fit(training)
            drawn = fitted.predictive_samples(pd.DataFrame({"ds": dates[task.split - 1 :]}))["yhat"]
            result[site] = np.quantile(drawn, LEVELS, axis=1).T[days - task.split + 1]
        return result

    return _both(task, quantiles)


def lightgbm(task: Task) -> Answer:
    """LightGBM by mlforecast: a model by lead for all stations, of departures from the season, by their own lags.

    The chance of rain is a regression of whether it rains, less its usual chance. The spread is that of the errors in
    the last fifth of the training days, by a model of the days before.
    """
    warmth, usual = _departures(task, task.history.values[MAXIMUM])
    middle = _said(task, _learnt(task, warmth, task.split), warmth, task.origins) + _ahead(task, usual, task.origins)
    early = int(task.split * 0.8)
    check = np.arange(early - 1, task.split - max(LEADS) - 1, 4)
    error = _ahead(task, warmth, check) - _said(task, _learnt(task, warmth, early), warmth, check)
    quantiles = np.quantile(error, LEVELS, axis=1).transpose(1, 2, 0)
    rain = task.history.values[PRECIPITATION]
    wet, usual = _departures(task, np.where(np.isnan(rain), np.nan, rain >= WET_DAY))
    chance = _said(task, _learnt(task, wet, task.split), wet, task.origins) + _ahead(task, usual, task.origins)
    return middle[..., None] + quantiles[:, None], np.clip(chance, _LEAST_CHANCE, 1 - _LEAST_CHANCE)


def _departures(task: Task, values: Floats) -> tuple[Floats, Floats]:
    """Departures of each day from what is usual in the training days, 0 in gaps, and what is usual."""
    usual = climatology(day_sums(values[:, : task.split], task.history.dates[: task.split])).mean
    dates = task.history.dates[0] + np.arange(values.shape[1] + max(LEADS)).astype("timedelta64[D]")
    usual = usual[:, day_index(dates)]
    return np.nan_to_num(values - usual[:, : values.shape[1]]), usual


def _ahead(task: Task, values: Floats, origins: Any) -> Floats:
    """Values of the stations that are scored after some days, `(sites, origins, leads)`."""
    return np.stack([values[task.scored][:, origins + lead] for lead in LEADS], axis=2)


def _learnt(task: Task, values: Floats, until: int) -> Any:
    import lightgbm as lgb
    from mlforecast import MLForecast

    learner = lgb.LGBMRegressor(n_estimators=100, learning_rate=0.05, verbose=-1, num_threads=1)
    model = MLForecast({"lgb": learner}, freq="D", lags=list(_LAGS), date_features=["dayofyear"])
    return model.fit(_frame(task, values, 0, until), max_horizon=max(LEADS), static_features=[])


def _said(task: Task, model: Any, values: Floats, origins: Any) -> Floats:
    """Point forecasts of the stations that are scored, `(sites, origins, leads)`; the lags ask for some days alone."""
    parts = []
    for origin in origins:
        recent = _frame(task, values, origin - 2 * max(_LAGS), origin + 1)
        parts.append(model.predict(max(LEADS), new_df=recent)["lgb"].to_numpy().reshape(len(values), -1))
    return np.stack(parts, axis=1)[task.scored]


def _frame(task: Task, values: Floats, first: int, after: int) -> pd.DataFrame:
    dates = pd.DatetimeIndex(task.history.dates[first:after])
    site = np.repeat(np.arange(len(values)), len(dates))
    return pd.DataFrame({"unique_id": site, "ds": np.tile(dates, len(values)), "y": values[:, first:after].ravel()})


def _both(task: Task, forecast: Callable[[Floats], Floats]) -> Answer:
    """Quantiles of the maximum, and the chance of rain by those of the root of precipitation."""
    root = forecast(_filled(task, np.sqrt(task.values(PRECIPITATION))))
    below = [np.interp(np.sqrt(WET_DAY), row, LEVELS, left=0.0, right=1.0) for row in root.reshape(-1, len(LEVELS))]
    chance = np.clip(1 - np.array(below).reshape(root.shape[:-1]), _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    return forecast(_filled(task, task.values(MAXIMUM))), chance


def _forwarded(
    task: Task, values: Floats, make: Callable[[], Any], *, with_fourier: bool = False, without_season: bool = False
) -> Floats:
    """Fit on the training days and apply the parameters to the days up to each origin."""
    days = task.history.dates[0] + np.arange(values.shape[1] + max(LEADS)).astype("timedelta64[D]")
    usual = climatology(day_sums(values[:, : task.split], task.history.dates[: task.split]))
    season = usual.mean[:, day_index(days)] if without_season else np.zeros((len(values), len(days)))
    waves = _waves(day_index(days)) if with_fourier else None
    result = np.empty((len(values), len(task.origins), len(LEADS), len(LEVELS)))
    for site in range(len(values)):
        series = (values[site] - season[site, : values.shape[1]]).astype(float)
        model = make().fit(series[: task.split], X=None if waves is None else waves[: task.split])
        for at, origin in enumerate(task.origins):
            ahead = slice(origin + 1, origin + 1 + max(LEADS))
            known = {} if waves is None else {"X": waves[: origin + 1], "X_future": waves[ahead]}
            found = model.forward(series[: origin + 1], h=max(LEADS), level=list(_PERCENT), **known)
            result[site, at] = _quantiles(found) + season[site, ahead, None]
    return result


def _quantiles(found: dict[str, Floats]) -> Floats:
    """Our levels between those of the intervals, `(leads, levels)`."""
    levels = [0.5 - percent / 200 for percent in reversed(_PERCENT)] + [0.5] + [0.5 + p / 200 for p in _PERCENT]
    columns = [found[f"lo-{percent}"] for percent in reversed(_PERCENT)] + [found["mean"]]
    table = np.stack([*columns, *(found[f"hi-{percent}"] for percent in _PERCENT)], axis=1)
    return np.stack([np.interp(LEVELS, levels, row) for row in table])


def _filled(task: Task, values: Floats) -> Floats:
    """Values of all days with what is usual, of the training days, in the gaps."""
    usual = climatology(day_sums(values[:, : task.split], task.history.dates[: task.split])).mean
    return np.where(np.isnan(values), usual[:, day_index(task.history.dates)], values)


def _waves(day: Any) -> Floats:
    angle = 2 * np.pi * day[:, None] / DAYS * np.arange(1, _HARMONICS + 1)
    return np.hstack([np.cos(angle), np.sin(angle)])


CONTENDERS: dict[str, Callable[[Task], Answer]] = {
    "AutoARIMA, Fourier terms": auto_arima,
    "AutoETS": auto_ets,
    "MSTL": mstl,
    "Prophet": prophet,
    "LightGBM (mlforecast)": lightgbm,
}

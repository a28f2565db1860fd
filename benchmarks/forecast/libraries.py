"""What others use for many daily series, as their manuals recommend it; each knows the days up to the origin alone.

Models are estimated once on the training days and then moved on with the new days, as ours are, where the library can
(`forward`); Prophet cannot, so its trained model forecasts all later days. A gap is filled by what is usual that day.
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


def auto_arima(task: Task) -> Answer:
    from statsforecast.models import AutoARIMA

    return _forwarded(task, lambda: AutoARIMA(season_length=1), with_fourier=True)


def auto_ets(task: Task) -> Answer:
    """ETS knows no season of 365 days: the season is taken away before and added after."""
    from statsforecast.models import AutoETS

    return _forwarded(task, lambda: AutoETS(season_length=1), without_season=True)


def mstl(task: Task) -> Answer:
    from statsforecast.models import MSTL, AutoARIMA

    return _forwarded(task, lambda: MSTL(season_length=365, trend_forecaster=AutoARIMA(season_length=1)))


def prophet(task: Task) -> Answer:
    import logging

    from prophet import Prophet

    logging.getLogger("cmdstanpy").disabled = True
    values, days = task.history.values[MAXIMUM], task.origins[:, None] + np.array(LEADS)
    result = np.empty((task.sites, *days.shape, len(LEVELS)))
    dates = task.history.dates[0] + np.arange(days.max() + 1).astype("timedelta64[D]")
    for site in range(task.sites):
        training = pd.DataFrame({"ds": task.history.dates[: task.split], "y": values[site, : task.split]})
        fitted = Prophet(weekly_seasonality=False, daily_seasonality=False, uncertainty_samples=400).fit(training)
        drawn = fitted.predictive_samples(pd.DataFrame({"ds": dates[task.split - 1 :]}))["yhat"]
        result[site] = np.quantile(drawn, LEVELS, axis=1).T[days - task.split + 1]
    return result, None


def lightgbm(task: Task) -> Answer:
    """LightGBM by mlforecast: a model by lead for all stations, own lags and season; errors of the last fifth."""
    import lightgbm as lgb
    from mlforecast import MLForecast

    def frame(until: int) -> pd.DataFrame:
        filled = _filled(task, MAXIMUM)[:, :until]
        wet = _filled(task, PRECIPITATION)[:, :until] >= WET_DAY
        return pd.DataFrame(
            {
                "unique_id": np.repeat(np.arange(task.sites), until),
                "ds": np.tile(pd.DatetimeIndex(task.history.dates[:until]), task.sites),
                "y": filled.ravel(),
                "wet": wet.astype(float).ravel(),
            }
        )

    def fitted(until: int, column: str, learner: Any) -> Any:
        data = frame(until)[["unique_id", "ds", column]].rename(columns={column: "y"})
        ml = MLForecast({"lgb": learner}, freq="D", lags=list(_LAGS), date_features=["dayofyear"])
        return ml.fit(data, max_horizon=max(LEADS), static_features=[])

    def said(ml: Any, column: str, origins: Any) -> Floats:
        data = frame(int(origins.max()) + 1)[["unique_id", "ds", column]].rename(columns={column: "y"})
        parts = []
        for origin in origins:
            known = data[data["ds"] <= task.history.dates[origin]]
            parts.append(ml.predict(max(LEADS), new_df=known)["lgb"].to_numpy().reshape(task.sites, -1))
        return np.stack(parts, axis=1)

    learner = {"n_estimators": 200, "learning_rate": 0.05, "verbose": -1, "num_threads": 2}
    early = int(task.split * 0.8)
    check = np.arange(early - 1, task.split - max(LEADS) - 1, 30)
    error = _ahead(task, check) - said(fitted(early, "y", lgb.LGBMRegressor(**learner)), "y", check)
    quantiles = np.nanquantile(error, LEVELS, axis=1).transpose(1, 2, 0)
    middle = said(fitted(task.split, "y", lgb.LGBMRegressor(**learner)), "y", task.origins)
    # A regression on 0 and 1 gives a chance, as mlforecast asks for a regressor.
    chance = said(fitted(task.split, "wet", lgb.LGBMRegressor(**learner)), "wet", task.origins)
    return middle[..., None] + quantiles[:, None], np.clip(chance, 0.005, 0.995)


def _forwarded(
    task: Task, make: Callable[[], Any], *, with_fourier: bool = False, without_season: bool = False
) -> Answer:
    """Fit on the training days and apply the parameters to the days up to each origin."""
    filled = _filled(task, MAXIMUM)
    usual = climatology(day_sums(task.history.values[MAXIMUM][:, : task.split], task.history.dates[: task.split]))
    days = task.history.dates[0] + np.arange(filled.shape[1] + max(LEADS)).astype("timedelta64[D]")
    season = usual.mean[:, day_index(days)] if without_season else np.zeros((task.sites, len(days)))
    waves = _waves(day_index(days)) if with_fourier else None
    result = np.empty((task.sites, len(task.origins), len(LEADS), len(LEVELS)))
    for site in range(task.sites):
        series = (filled[site] - season[site, : filled.shape[1]]).astype(float)
        model = make().fit(series[: task.split], X=None if waves is None else waves[: task.split])
        for at, origin in enumerate(task.origins):
            ahead = slice(origin + 1, origin + 1 + max(LEADS))
            known = {} if waves is None else {"X": waves[: origin + 1], "X_future": waves[ahead]}
            found = model.forward(series[: origin + 1], h=max(LEADS), level=list(_PERCENT), **known)
            result[site, at] = _quantiles(found) + season[site, ahead, None]
    return result, None


def _quantiles(found: dict[str, Floats]) -> Floats:
    """Our levels between those of the intervals, `(leads, levels)`."""
    levels = [0.5 - percent / 200 for percent in reversed(_PERCENT)] + [0.5] + [0.5 + p / 200 for p in _PERCENT]
    columns = [found[f"lo-{percent}"] for percent in reversed(_PERCENT)] + [found["mean"]]
    table = np.stack([*columns, *(found[f"hi-{percent}"] for percent in _PERCENT)], axis=1)
    return np.stack([np.interp(LEVELS, levels, row) for row in table])


def _filled(task: Task, name: str) -> Floats:
    values = task.history.values[name]
    usual = climatology(day_sums(values[:, : task.split], task.history.dates[: task.split])).mean
    return np.where(np.isnan(values), usual[:, day_index(task.history.dates)], values)


def _ahead(task: Task, origins: Any) -> Floats:
    values = task.history.values[MAXIMUM]
    return np.stack([values[:, origins + lead] for lead in LEADS], axis=2)


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

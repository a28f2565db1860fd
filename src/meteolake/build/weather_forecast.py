"""weather_forecast: trusted daily weather to forecasts, and the scores of forecasts of days that were held back.

Sites are forecast tile by tile, each with a halo of neighbours, so that no task has to hold all of them.
"""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.blocks import Columns
from meteolake.build.tiles import Group, map_tiles
from meteolake.forecast.history import History
from meteolake.forecast.model import train
from meteolake.forecast.verify import hold_back
from meteolake.tables import FORECAST_DAILY, FORECAST_SCORES, HELD_BACK, LEAD_DAYS, QUANTILES, quantile_column
from meteolake.variables import FORECAST_VARIABLES, PRECIPITATION, VARIABLES

_LEAST_DAYS = 30

Skill = Mapping[tuple[str, int], float]
"""Verified skill against climatology by variable and lead."""


def forecast_scores(daily: DataFrame, sites: DataFrame, run_id: str) -> DataFrame:
    """Scores by site, variable, season and lead of forecasts of the last days, trained without them."""
    return map_tiles(daily, sites, tuple(VARIABLES), FORECAST_SCORES, lambda group: _score_rows(group, run_id))


def forecast_daily(daily: DataFrame, sites: DataFrame, scores: DataFrame, run_id: str) -> DataFrame:
    """Forecasts from each site's newest day; where no skill was verified, they are those of the climatology."""
    skill = verified_skill(scores)
    return map_tiles(daily, sites, tuple(VARIABLES), FORECAST_DAILY, lambda group: _forecast_rows(group, skill, run_id))


def newest_days(daily: DataFrame) -> DataFrame:
    """The day from which each site is forecast: `site_id`, `issue_date`."""
    return daily.groupBy("site_id").agg(F.max("date").alias("issue_date"))


def verified_skill(scores: DataFrame) -> Skill:
    """Skill over all sites by variable and lead: CRPS of temperatures, Brier score of rain."""
    weighted = {
        name: F.sum(F.col(name) * F.col("cases")).alias(name)
        for name in ("crps", "crps_climatology", "brier", "brier_climatology")
    }
    held_back = scores.where(F.col("kind") == HELD_BACK)
    totals = held_back.groupBy("variable", "lead_days").agg(*weighted.values()).collect()
    return {(row.variable, row.lead_days): skill for row in totals if (skill := _skill(row)) is not None}


def _skill(totals: Row) -> float | None:
    score, reference = (
        (totals.brier, totals.brier_climatology)
        if totals.variable == PRECIPITATION
        else (totals.crps, totals.crps_climatology)
    )
    return 1 - score / reference if reference else None


def _score_rows(group: Group, run_id: str) -> Iterator[Columns]:
    sites = np.flatnonzero(group.is_core)
    verification = hold_back(_history(group), LEAD_DAYS, QUANTILES, sites=sites)
    if verification is None:
        return
    absent = np.full(len(LEAD_DAYS), np.nan)
    each = ((season, *part) for season, scores in verification.by_season.items() for part in scores.items())
    for season, variable, scores in each:
        for row in np.flatnonzero(scores["cases"].sum(axis=1) > 0):
            found = {name: values[row] for name, values in scores.items()}
            yield {
                "site_id": group.site_ids[sites[row]],
                "kind": HELD_BACK,
                "variable": variable,
                "season": season,
                "lead_days": np.array(LEAD_DAYS),
                "from_date": verification.first_date,
                "until_date": verification.last_date,
                "brier": absent,
                "brier_climatology": absent,
                "run_id": run_id,
                **found,
            }


def _forecast_rows(group: Group, skill: Skill, run_id: str) -> Iterator[Columns]:
    newest, origin = _origins(group)
    skilful: Collection[tuple[str, int]] = {key for key, value in skill.items() if value > 0}
    history = _history(group)
    sites = np.flatnonzero(group.is_core)
    model = train(history, LEAD_DAYS, sites).limited_to(skilful)
    forecast = model.forecast(history, newest, QUANTILES)
    leads = np.array(LEAD_DAYS)
    for variable in FORECAST_VARIABLES:
        measured = np.array([skill.get((variable, lead), np.nan) for lead in LEAD_DAYS])
        known = np.isfinite(history.values[variable]).sum(axis=1) >= _LEAST_DAYS
        for row in np.flatnonzero(known[sites]):
            site = sites[row]
            issue_date = history.dates[newest[origin[site]]]
            quantiles = forecast.quantiles[variable][row, origin[site]]
            rain = forecast.rain_probability[row, origin[site]]
            yield {
                "site_id": group.site_ids[site],
                "variable": variable,
                "issue_date": issue_date,
                "valid_date": issue_date + leads.astype("timedelta64[D]"),
                "lead_days": leads,
                **{quantile_column(level): quantiles[:, number] for number, level in enumerate(QUANTILES)},
                "rain_probability": rain if variable == PRECIPITATION else None,
                "method": np.where(forecast.is_model[variable], "model", "climatology"),
                "skill": np.maximum(measured, 0.0),  # where none was verified, this is the climatology
                "run_id": run_id,
            }


def _history(group: Group) -> History:
    return History(group.dates, group.values)


def _origins(group: Group) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The days from which some site is forecast, and which of them is each site's: its newest with any value."""
    is_known = np.any([np.isfinite(values) for values in group.values.values()], axis=0)
    newest = is_known.shape[1] - 1 - np.argmax(is_known[:, ::-1], axis=1)
    days, origin = np.unique(newest, return_inverse=True)
    return days, origin

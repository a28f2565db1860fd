"""weather_forecast: trusted daily weather to forecasts, and the scores of forecasts of days that were held back.

Sites are forecast tile by tile, each with a halo of neighbours, so that no task has to hold all of them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.blocks import Columns, as_rows
from meteolake.forecast.history import History
from meteolake.forecast.model import train
from meteolake.forecast.tiles import tiles
from meteolake.forecast.verify import hold_back
from meteolake.tables import FORECAST_DAILY, FORECAST_SCORES, LEAD_DAYS, QUANTILES, Table, quantile_column
from meteolake.variables import FORECAST_VARIABLES, PRECIPITATION, VARIABLES

_LEAST_DAYS = 30
_PARTITIONS = 8
_MEMBERS = "tile int, site_id string, is_core boolean"

Skill = Mapping[tuple[str, int], float]
"""Verified skill against climatology by variable and lead."""


@dataclass(frozen=True)
class Group:
    """A tile's sites and their history; `is_core` `(sites,)` marks those that the tile forecasts."""

    site_ids: list[str]
    is_core: npt.NDArray[np.bool_]
    history: History


def forecast_scores(daily: DataFrame, sites: DataFrame, run_id: str) -> DataFrame:
    """Scores by site, variable and lead of forecasts of the last days, trained without them."""
    return _map_tiles(daily, sites, FORECAST_SCORES, lambda group: _score_rows(group, run_id))


def forecast_daily(daily: DataFrame, sites: DataFrame, scores: DataFrame, run_id: str) -> DataFrame:
    """Forecasts from each site's newest day; where no skill was verified, they are those of the climatology."""
    skill = verified_skill(scores)
    return _map_tiles(daily, sites, FORECAST_DAILY, lambda group: _forecast_rows(group, skill, run_id))


def newest_days(daily: DataFrame) -> DataFrame:
    """The day from which each site is forecast: `site_id`, `issue_date`."""
    return daily.groupBy("site_id").agg(F.max("date").alias("issue_date"))


def verified_skill(scores: DataFrame) -> Skill:
    """Skill over all sites by variable and lead: CRPS of temperatures, Brier score of rain."""
    weighted = {
        name: F.sum(F.col(name) * F.col("cases")).alias(name)
        for name in ("crps", "crps_climatology", "brier", "brier_climatology")
    }
    totals = scores.groupBy("variable", "lead_days").agg(*weighted.values()).collect()
    return {(row.variable, row.lead_days): skill for row in totals if (skill := _skill(row)) is not None}


def _skill(totals: Row) -> float | None:
    score, reference = (
        (totals.brier, totals.brier_climatology)
        if totals.variable == PRECIPITATION
        else (totals.crps, totals.crps_climatology)
    )
    return 1 - score / reference if reference else None


def _map_tiles(
    daily: DataFrame, sites: DataFrame, table: Table, compute: Callable[[Group], Iterable[Columns]]
) -> DataFrame:
    """Rows of `table`, computed from one tile after the other."""

    def on_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for group in _groups(batches):
            for columns in compute(group):
                yield from as_rows(columns, table).to_batches()

    wanted = daily.select("site_id", "date", *VARIABLES).join(_members(sites), "site_id")
    return wanted.repartition(_PARTITIONS, "tile").mapInArrow(on_partition, table.ddl)


def _members(sites: DataFrame) -> DataFrame:
    """Which sites are in which tile; a site is in the core of one, and maybe in the halo of others."""
    places = sites.select("site_id", "latitude", "longitude").orderBy("site_id").collect()
    found = tiles(np.array([place.latitude for place in places]), np.array([place.longitude for place in places]))
    rows = [
        (number, places[site].site_id, rank < len(tile.core))
        for number, tile in enumerate(found)
        for rank, site in enumerate(tile.members.tolist())
    ]
    return sites.sparkSession.createDataFrame(rows, _MEMBERS)


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[Group]:
    """The tiles in a partition that holds whole tiles."""
    held = [batch for batch in batches if batch.num_rows]
    if held:
        rows = pa.Table.from_batches(held)
        for tile in pc.unique(rows["tile"]):
            yield _group(rows.filter(pc.equal(rows["tile"], tile)))


def _group(rows: pa.Table) -> Group:
    """The rows of a tile as arrays over all days from its first to its last."""
    site_ids, site = np.unique(rows["site_id"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    dates = rows["date"].to_numpy().astype("datetime64[D]")
    days = np.arange(dates.min(), dates.max() + np.timedelta64(1, "D"))
    day = (dates - days[0]).astype(int)
    values = {name: np.full((len(site_ids), len(days)), np.nan) for name in VARIABLES}
    for name, grid in values.items():
        grid[site, day] = rows[name].to_numpy(zero_copy_only=False)
    is_core = np.zeros(len(site_ids), bool)
    is_core[site] = rows["is_core"].to_numpy(zero_copy_only=False)
    return Group(site_ids.tolist(), is_core, History(days, values))


def _score_rows(group: Group, run_id: str) -> Iterator[Columns]:
    verification = hold_back(group.history, LEAD_DAYS, QUANTILES)
    if verification is None:
        return
    absent = np.full(len(LEAD_DAYS), np.nan)
    for variable, scores in verification.scores.items():
        for site in np.flatnonzero(group.is_core & (scores["cases"].sum(axis=1) > 0)):
            found = {name: values[site] for name, values in scores.items()}
            yield {
                "site_id": group.site_ids[site],
                "variable": variable,
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
    model = train(group.history, LEAD_DAYS).limited_to(skilful)
    forecast = model.forecast(group.history, newest, LEAD_DAYS, QUANTILES)
    leads = np.array(LEAD_DAYS)
    for variable in FORECAST_VARIABLES:
        known = np.isfinite(group.history.values[variable]).sum(axis=1) >= _LEAST_DAYS
        for site in np.flatnonzero(group.is_core & known):
            issue_date = group.history.dates[newest[origin[site]]]
            quantiles = forecast.quantiles[variable][site, origin[site]]
            rain = forecast.rain_probability[site, origin[site]]
            yield {
                "site_id": group.site_ids[site],
                "variable": variable,
                "issue_date": issue_date,
                "valid_date": issue_date + leads.astype("timedelta64[D]"),
                "lead_days": leads,
                **{quantile_column(level): quantiles[:, number] for number, level in enumerate(QUANTILES)},
                "rain_probability": rain if variable == PRECIPITATION else None,
                "method": np.where(forecast.is_model[variable], "model", "climatology"),
                "skill": np.array([skill.get((variable, lead), np.nan) for lead in LEAD_DAYS]),
                "run_id": run_id,
            }


def _origins(group: Group) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The days from which some site is forecast, and which of them is each site's: its newest with any value."""
    is_known = np.any([np.isfinite(values) for values in group.history.values.values()], axis=0)
    newest = is_known.shape[1] - 1 - np.argmax(is_known[:, ::-1], axis=1)
    days, origin = np.unique(newest, return_inverse=True)
    return days, origin

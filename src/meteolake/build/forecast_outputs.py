"""The refined tables of the forecasts."""

from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import delta, issued_forecasts, weather_forecast
from meteolake.build.climate_outputs import changed_sites, settled_weather
from meteolake.build.context import Context
from meteolake.tables import CLIMATE_NORMALS, FORECAST_DAILY, FORECAST_SCORES, HELD_BACK, SITES


def forecast_scores(context: Context) -> None:
    """Score what was issued and has come true; verify on held-back days anew when a month is settled."""
    delta.create_missing(context.spark, context.zones, FORECAST_DAILY)
    issued = issued_forecasts.scores(
        context.read(FORECAST_DAILY), context.weather, context.read(CLIMATE_NORMALS), context.run_id
    )
    is_whole = delta.is_whole(context.spark, context.zones, FORECAST_SCORES)
    if context.is_first or not is_whole or changed_sites(context).limit(1).count():
        held_back = weather_forecast.forecast_scores(settled_weather(context), context.read(SITES), context.run_id)
    else:
        held_back = context.read(FORECAST_SCORES).where(F.col("kind") == HELD_BACK)
    delta.replace_all(held_back.unionByName(issued), context.zones, FORECAST_SCORES, context.metadata)


def forecast_daily(context: Context) -> None:
    """Forecast from each site's newest day; earlier issues are kept."""
    daily, sites, scores = context.weather, context.read(SITES), context.read(FORECAST_SCORES)
    issued = weather_forecast.newest_days(daily)
    dates = sorted(row.issue_date.isoformat() for row in issued.select("issue_date").distinct().collect())
    known = context.read(FORECAST_DAILY).where(F.col("issue_date").isin(dates))
    # Sites that have moved on keep what they issued on a day on which another site still stands.
    kept = known.join(issued, ["site_id", "issue_date"], "left_anti").select(*FORECAST_DAILY.names)
    rows = weather_forecast.forecast_daily(daily, sites, scores, context.run_id).unionByName(kept)
    delta.replace_issues(rows, context.zones, FORECAST_DAILY, dates, context.metadata)

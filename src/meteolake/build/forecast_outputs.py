"""The refined tables of the forecasts."""

from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import delta, weather_forecast
from meteolake.build.climate_outputs import changed_sites, settled_weather
from meteolake.build.context import Context
from meteolake.tables import FORECAST_DAILY, FORECAST_SCORES, SITES


def forecast_scores(context: Context) -> None:
    """Verify forecasts of held-back days anew when a month is settled."""
    if not context.is_first and not changed_sites(context).limit(1).count():
        return
    rows = weather_forecast.forecast_scores(settled_weather(context), context.read(SITES), context.run_id)
    delta.replace_all(rows, context.zones, FORECAST_SCORES, context.metadata)


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

"""The flags of doubtful values, made anew when a month is settled."""

from datetime import date, timedelta

from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import delta, weather_quality
from meteolake.build.climate_outputs import changed_sites, settled_weather
from meteolake.build.context import Context
from meteolake.build.settled import DAYS_UNTIL_SETTLED
from meteolake.build.trusted_outputs import STATIONS
from meteolake.tables import CAPTURES, OBSERVATION_FLAGS, OBSERVATIONS_DAILY, SITES, WEATHER_FLAGS

_NEVER = date(1700, 1, 31)


def weather_flags(context: Context) -> None:
    """Flag doubtful values of the archive."""
    if context.is_first or changed_sites(context).limit(1).count():
        rows = weather_quality.flags(settled_weather(context), context.read(SITES), WEATHER_FLAGS)
        delta.replace_all(rows, context.zones, WEATHER_FLAGS, context.metadata)


def observation_flags(context: Context) -> None:
    """Flag doubtful values of stations."""
    until, before = (_settled_until(context, through) for through in reversed(context.span))
    new = context.new_captures(STATIONS.name)
    is_settled = F.coalesce(F.col("first_date"), F.lit(until)) <= F.lit(until)
    if context.is_first or until != before or new.where(is_settled).limit(1).count():
        daily = context.read(OBSERVATIONS_DAILY).where(F.col("date") <= F.lit(until))
        rows = weather_quality.flags(daily, context.read(SITES), OBSERVATION_FLAGS)
        delta.replace_all(rows, context.zones, OBSERVATION_FLAGS, context.metadata)


def _settled_until(context: Context, through: int) -> date:
    """The end of the last month that was over for two weeks on the newest observed day of all stations."""
    captures = context.read(CAPTURES).where((F.col("source") == STATIONS.name) & (F.col("sequence") <= through))
    newest = captures.agg(F.max("last_date").alias("day")).collect()[0].day or _NEVER
    return (newest - timedelta(days=DAYS_UNTIL_SETTLED - 1)).replace(day=1) - timedelta(days=1)

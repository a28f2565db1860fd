"""The lake's answers as tables of pandas."""

import pandas as pd

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.lake.query import query
from meteolake.tables import WEATHER_DAILY


def frame(zones: Zones, sql: str) -> pd.DataFrame:
    """The answer to a statement; empty where it needs a table that this lake has not made."""
    try:
        found: pd.DataFrame = query(zones, sql).to_pandas()
    except LakeError as error:
        if "does not exist" in str(error):  # such as trends of two years
            return pd.DataFrame()
        raise
    return found


def overview(zones: Zones) -> dict[str, object]:
    """Sites, days, first and last day.

    Raises:
        LakeError: there is no daily weather.
    """
    found: dict[str, object] = {}
    if tables.exists(zones, WEATHER_DAILY):
        [found] = query(
            zones,
            "select count(distinct site_id) as sites, count(*) as days, min(date) as first, max(date) as last "
            "from trusted.weather_daily",
        ).to_pylist()
    if not found.get("days"):
        raise LakeError("There is no daily weather to report on: fill the lake with `meteolake run` first.")
    return found

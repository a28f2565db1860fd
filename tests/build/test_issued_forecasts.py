"""Published forecasts against what came, by numbers worked out by hand."""

from datetime import date

import pytest
from pyspark.sql import SparkSession

from meteolake.build.issued_forecasts import scores
from meteolake.tables import CLIMATE_NORMALS, FORECAST_DAILY, FORECAST_SCORES, QUANTILES, Table, quantile_column

DAILY = "site_id string, date date, temperature_2m_max double, temperature_2m_min double, precipitation_sum double"


def row(table: Table, **values: object) -> tuple[object, ...]:
    return tuple(values.get(name) for name in table.names)


def issued(variable: str, valid: date, quantile: float, chance: float | None = None) -> tuple[object, ...]:
    """A forecast that is certain of one value."""
    quantiles = dict.fromkeys(map(quantile_column, QUANTILES), quantile)
    about = {"site_id": "A", "variable": variable, "issue_date": date(2026, 6, 1), "valid_date": valid}
    return row(FORECAST_DAILY, **about, **quantiles, lead_days=(valid - date(2026, 6, 1)).days, rain_probability=chance)


def test_what_was_issued_is_scored_once_its_day_has_come(spark: SparkSession) -> None:
    """The first day is 2° warmer than said; rain that had a chance of 0.8 came, as usual on 0.3 of days.

    A certain forecast's CRPS is its error. The third day has not come yet.
    """
    normal = {"site_id": "A", "mean": 20.0, "spread": 0.0}
    normals = [
        row(CLIMATE_NORMALS, **normal, variable="temperature_2m_max", day_of_year=154),
        row(CLIMATE_NORMALS, **normal, variable="precipitation_sum", day_of_year=154, wet_day_share=0.3),
    ]
    forecasts = [
        issued("temperature_2m_max", date(2026, 6, 2), 23.0),
        issued("precipitation_sum", date(2026, 6, 2), 4.0, chance=0.8),
        issued("temperature_2m_max", date(2026, 6, 3), 23.0),
    ]
    daily = [("A", date(2026, 6, 2), 25.0, None, 5.0)]
    found = scores(
        spark.createDataFrame(forecasts, FORECAST_DAILY.ddl),
        spark.createDataFrame(daily, DAILY),
        spark.createDataFrame(normals, CLIMATE_NORMALS.ddl),
        "run",
    )
    assert found.columns == list(FORECAST_SCORES.names)
    by_variable = {each.variable: each for each in found.collect()}
    warm, rain = by_variable["temperature_2m_max"], by_variable["precipitation_sum"]
    assert (warm.kind, warm.season, warm.lead_days, warm.cases) == ("issued", "jja", 1, 1)
    assert warm.brier is None
    assert (warm.crps, warm.crps_climatology, warm.mae) == pytest.approx((2.0, 5.0, 2.0))
    assert (rain.brier, rain.brier_climatology) == pytest.approx((0.04, 0.49))
    assert rain.crps_climatology is None

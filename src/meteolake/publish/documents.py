"""The public documents as models: what they hold, and the JSON Schema that is published beside them."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ATTRIBUTION = "Weather data by Open-Meteo.com (CC BY 4.0)"


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IndexEntry(_Document):
    """A site in the index."""

    site_id: str
    name: str
    latitude: float = Field(description="degrees, north positive")
    longitude: float = Field(description="degrees, east positive")
    issue_date: date = Field(description="last day of data that the newest forecast knew")
    url: str = Field(description="of the site's forecast, relative to the index")


class Index(_Document):
    """The sites and where their forecasts are."""

    attribution: str = ATTRIBUTION
    versions: dict[str, int] = Field(description="of the lake's tables that everything here was made from")
    sites: list[IndexEntry]


class VariableForecast(_Document):
    """One variable's forecast; every list has one entry for each day."""

    unit: str
    quantiles: dict[str, list[float]] = Field(description="by level, such as 0.5 for the median")
    method: list[Literal["model", "climatology"]] = Field(description="climatology where the model has no skill")
    skill: list[float | None] = Field(description="verified against climatology: 1 is perfect; null if not measured")
    rain_probability: list[float] | None = Field(
        default=None, description="of at least 1 mm; given for precipitation only"
    )


class SiteForecast(_Document):
    """The newest forecast of one site."""

    site_id: str
    name: str
    latitude: float = Field(description="degrees, north positive")
    longitude: float = Field(description="degrees, east positive")
    issue_date: date = Field(description="last day of data that the forecast knew")
    valid_date: list[date] = Field(description="the days forecast")
    lead_days: list[int] = Field(description="days after the issue date, for each day forecast")
    variables: dict[str, VariableForecast] = Field(description="by Open-Meteo's name of the variable")
    attribution: str = Field(default=ATTRIBUTION, description="to be shown beside the data")


SCHEMAS: dict[str, dict[str, Any]] = {
    "index": Index.model_json_schema(mode="serialization"),
    "forecast": SiteForecast.model_json_schema(mode="serialization"),
}

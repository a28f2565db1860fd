"""Every table of the lake: zone, columns with type, unit and meaning, key and partition.

The schemas of the engine, the documentation and the SQL catalogue are made from these entries; nothing repeats them.
"""

from dataclasses import dataclass
from typing import Literal

from meteolake.variables import VARIABLES

Zone = Literal["raw", "trusted", "refined"]
Type = Literal["string", "date", "timestamp", "double", "int", "bigint", "boolean"]

ZONES: tuple[Zone, ...] = ("raw", "trusted", "refined")
QUANTILES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
LEAD_DAYS = tuple(range(1, 15))


@dataclass(frozen=True)
class Column:
    """A column: its type is Spark SQL's name, its unit the data's own ("" where it has none)."""

    name: str
    type: Type
    meaning: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A Delta table of a zone; `key` columns together name one row."""

    zone: Zone
    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partition: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Zone and name, as in SQL: `refined.forecast_daily`."""
        return f"{self.zone}.{self.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def ddl(self) -> str:
        """The schema as Spark SQL text: `site_id string, date date`."""
        return ", ".join(f"{column.name} {column.type}" for column in self.columns)


def quantile_column(quantile: float) -> str:
    """The column of a quantile: 0.05 → `q05`."""
    return f"q{round(quantile * 100):02d}"


_SITE = Column("site_id", "string", "the site")
_DATE = Column("date", "date", "day of the site's standard time")
_YEAR = Column("year", "int", "year of the date; the partition")
_VARIABLE = Column("variable", "string", "the weather variable, by its Open-Meteo name")
_CAPTURED_AT = Column("captured_at", "timestamp", "when the value was captured")
_RAW_OBJECT = Column("raw_object", "string", "path of the raw object that holds it, below the raw zone")
_WEATHER = tuple(Column(entry.name, "double", entry.meaning, entry.unit) for entry in VARIABLES.values())

CAPTURES = Table(
    "raw",
    "captures",
    "The ledger: one row per site and captured object. An object counts only once its row is committed.",
    (
        Column("source", "string", "open_meteo, sites or observations"),
        Column("product", "string", "what of the source: the model of the archive, the table of the database"),
        Column("site_id", "string", "the site; null where the object holds many"),
        Column("place", "string", "latitude, longitude, elevation and time zone that were asked for"),
        Column("variables", "string", "variables in the object, comma separated"),
        Column("first_date", "date", "first day asked for"),
        Column("last_date", "date", "last day asked for"),
        Column("complete_until", "date", "last day with data; later days were not yet there"),
        Column("cursor_from", "string", "cursor of the database capture, exclusive"),
        Column("cursor_to", "string", "cursor of the database capture, inclusive"),
        Column("rows", "bigint", "rows (days) in the payload"),
        Column("bytes", "bigint", "size of the object", "byte"),
        Column("sha256", "string", "digest of the payload"),
        Column("run_id", "string", "the run that captured it"),
        _CAPTURED_AT,
        _RAW_OBJECT,
        Column("sequence", "bigint", "number of the ledger's commit; jobs remember up to which one they have read"),
    ),
    key=("raw_object", "site_id"),
)

SITES = Table(
    "trusted",
    "sites",
    "The places whose weather the lake keeps.",
    (
        _SITE,
        Column("name", "string", "name of the site"),
        Column("latitude", "double", "latitude, north positive", "°"),
        Column("longitude", "double", "longitude, east positive", "°"),
        Column("elevation_m", "double", "height above sea level", "m"),
        Column("utc_offset_hours", "int", "standard time of the site; it fixes what a day is", "h"),
        _CAPTURED_AT,
        _RAW_OBJECT,
    ),
    key=("site_id",),
)

WEATHER_DAILY = Table(
    "trusted",
    "weather_daily",
    "Daily weather of the Open-Meteo archive; the newest capture of a day wins.",
    (_SITE, _DATE, Column("source", "string", "the model of the archive"), *_WEATHER, _CAPTURED_AT, _RAW_OBJECT, _YEAR),
    key=("site_id", "date", "source"),
    partition=("year",),
)

OBSERVATIONS_DAILY = Table(
    "trusted",
    "observations_daily",
    "Daily station observations from the relational database, in the lake's units.",
    (_SITE, _DATE, *_WEATHER, _CAPTURED_AT, _RAW_OBJECT, _YEAR),
    key=("site_id", "date"),
    partition=("year",),
)

WEATHER_FORECAST_RAW = Table(
    "trusted",
    "weather_forecast_raw",
    "Open-Meteo's own forecasts as they were issued, every issue kept: the ground for post-processing.",
    (
        _SITE,
        Column("issued_at", "timestamp", "when the forecast was asked for"),
        _DATE,
        Column("lead_days", "int", "days from the issue's date in UTC to the date", "day"),
        Column("source", "string", "the model"),
        *_WEATHER,
        _RAW_OBJECT,
        Column("sequence", "bigint", "the ledger's commit that brought the forecast"),
    ),
    key=("site_id", "source", "issued_at", "date"),
)

QUARANTINE = Table(
    "trusted",
    "quarantine",
    "Every refused row with the rule that refused it; one row per rule.",
    (
        Column("table_name", "string", "the trusted table that refused it"),
        Column("site_id", "string", "the site as received"),
        Column("date", "string", "the date as received"),
        Column("rule", "string", "id of the quality rule"),
        _VARIABLE,
        Column("value", "double", "the refused value, in the variable's unit"),
        Column("reason", "string", "what is wrong with it"),
        _CAPTURED_AT,
        _RAW_OBJECT,
        Column("sequence", "bigint", "the ledger's commit that brought the row"),
    ),
    key=("table_name", "site_id", "date", "rule", "variable", "raw_object"),
)

REVISIONS = Table(
    "trusted",
    "revisions",
    "Every value that a later capture of the same day gave otherwise, or no longer gave; one row per value.",
    (
        Column("table_name", "string", "the trusted table that holds the value"),
        _SITE,
        _DATE,
        Column("source", "string", "the model of the archive, or observations"),
        _VARIABLE,
        Column("old_value", "double", "the value before", "its unit"),
        Column("new_value", "double", "the value after; null where the later capture has none", "its unit"),
        Column("is_withdrawn", "boolean", "the later capture has no value; the archive's old value is kept then"),
        _CAPTURED_AT,
        _RAW_OBJECT,
        Column("sequence", "bigint", "the ledger's commit that brought the change"),
    ),
    key=("table_name", "site_id", "date", "source", "variable", "raw_object"),
)

CLIMATE_NORMALS = Table(
    "refined",
    "climate_normals",
    "What is normal at a site on a day of the year, smoothed by harmonics.",
    (
        _SITE,
        _VARIABLE,
        Column("day_of_year", "int", "1 to 366, as in a leap year"),
        Column("mean", "double", "normal of the variable", "its unit"),
        Column("spread", "double", "standard deviation of single days around the normal", "its unit"),
        Column("q10", "double", "tenth percentile of the days around it", "its unit"),
        Column("q50", "double", "median of the days around it", "its unit"),
        Column("q90", "double", "ninetieth percentile of the days around it", "its unit"),
        Column("wet_day_share", "double", "share of days with at least 1 mm; precipitation only", "1"),
        Column("years", "int", "years with data behind it"),
        Column("base_from", "int", "first year of the base period"),
        Column("base_until", "int", "last year of the base period"),
    ),
    key=("site_id", "variable", "day_of_year"),
)

ANOMALIES_DAILY = Table(
    "refined",
    "anomalies_daily",
    "Departures of each day from its site's normal.",
    (
        _SITE,
        _VARIABLE,
        _DATE,
        Column("value", "double", "the day's value", "its unit"),
        Column("anomaly", "double", "value minus normal", "its unit"),
        Column("standardised", "double", "anomaly divided by the normal's spread", "1"),
        _YEAR,
    ),
    key=("site_id", "variable", "date"),
    partition=("year",),
)

MONTHLY_SUMMARY = Table(
    "refined",
    "monthly_summary",
    "Months rolled up from days: means of temperatures, sums of precipitation, highest winds.",
    (
        _SITE,
        _VARIABLE,
        Column("month", "date", "first day of the month"),
        Column("value", "double", "the month's value by the variable's roll-up", "its unit"),
        Column("lowest", "double", "lowest day", "its unit"),
        Column("highest", "double", "highest day", "its unit"),
        Column("wet_days", "int", "days with at least 1 mm; precipitation only", "day"),
        Column("days", "int", "days with a value", "day"),
        Column("is_complete", "boolean", "no day of the month is missing"),
    ),
    key=("site_id", "variable", "month"),
)

_ISSUE = (
    Column("issue_date", "date", "last day of data that the forecast knew"),
    Column("valid_date", "date", "the day forecast: issue_date + lead_days"),
    Column("lead_days", "int", "days ahead", "day"),
)

FORECAST_DAILY = Table(
    "refined",
    "forecast_daily",
    "Probabilistic forecasts as quantiles, each with the skill verified for its lead.",
    (
        _SITE,
        _VARIABLE,
        *_ISSUE,
        *(
            Column(quantile_column(q), "double", f"quantile {q:g} of the predictive distribution", "its unit")
            for q in QUANTILES
        ),
        Column("rain_probability", "double", "probability of at least 1 mm; precipitation only", "1"),
        Column("method", "string", "model, or climatology where the model has no skill"),
        Column("skill", "double", "verified skill against climatology at this lead: 1 is perfect, 0 climatology", "1"),
        Column("run_id", "string", "the run that issued it"),
    ),
    key=("site_id", "variable", "issue_date", "lead_days"),
)

FORECAST_SCORES = Table(
    "refined",
    "forecast_scores",
    "How good the forecasts are: scores on days that were held back from training.",
    (
        _SITE,
        _VARIABLE,
        Column("lead_days", "int", "days ahead", "day"),
        Column("from_date", "date", "first held-back day"),
        Column("until_date", "date", "last held-back day"),
        Column("cases", "int", "forecasts scored"),
        Column("crps", "double", "continuous ranked probability score of the forecast", "its unit"),
        Column("crps_climatology", "double", "the same of climatology", "its unit"),
        Column("mae", "double", "mean absolute error of the median", "its unit"),
        Column("coverage_80", "double", "share of days inside the central 80 %", "1"),
        Column("brier", "double", "Brier score of the rain probability; precipitation only", "1"),
        Column("brier_climatology", "double", "the same of the seasonal frequency", "1"),
        Column("run_id", "string", "the run that measured it"),
    ),
    key=("site_id", "variable", "lead_days"),
)

TABLES: tuple[Table, ...] = (
    CAPTURES,
    SITES,
    WEATHER_DAILY,
    OBSERVATIONS_DAILY,
    WEATHER_FORECAST_RAW,
    QUARANTINE,
    REVISIONS,
    CLIMATE_NORMALS,
    ANOMALIES_DAILY,
    MONTHLY_SUMMARY,
    FORECAST_DAILY,
    FORECAST_SCORES,
)

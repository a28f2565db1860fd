"""The ledger and the trusted tables: what was captured, cleaned, refused and changed."""

from meteolake.tables.schema import CAPTURED_AT, DATE, RAW_OBJECT, SITE, VARIABLE, WEATHER, YEAR, Column, Table

CAPTURES = Table(
    "raw",
    "captures",
    "The ledger: one row per site and captured object. An object counts only once its row is committed.",
    (
        Column("source", "string", "open_meteo, sites or observations"),
        Column("product", "string", "what of the source: the model of the archive, the table of the database"),
        Column("site_id", "string", "the site; null where the object holds many"),
        Column(
            "place",
            "string",
            "latitude, longitude, elevation and time zone asked for; of a database, a digest of how it is read",
        ),
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
        CAPTURED_AT,
        RAW_OBJECT,
        Column("sequence", "bigint", "number of the ledger's commit; jobs remember up to which one they have read"),
    ),
    key=("raw_object", "site_id"),
)

SITES = Table(
    "trusted",
    "sites",
    "The places whose weather the lake keeps.",
    (
        SITE,
        Column("name", "string", "name of the site"),
        Column("latitude", "double", "latitude, north positive", "°"),
        Column("longitude", "double", "longitude, east positive", "°"),
        Column("elevation_m", "double", "height above sea level", "m"),
        Column("utc_offset_hours", "int", "standard time of the site; it fixes what a day is", "h"),
        CAPTURED_AT,
        RAW_OBJECT,
    ),
    key=("site_id",),
)

WEATHER_DAILY = Table(
    "trusted",
    "weather_daily",
    "Daily weather of the Open-Meteo archive; the newest capture of a day wins.",
    (SITE, DATE, Column("source", "string", "the model of the archive"), *WEATHER, CAPTURED_AT, RAW_OBJECT, YEAR),
    key=("site_id", "date", "source"),
    partition=("year",),
)

OBSERVATIONS_DAILY = Table(
    "trusted",
    "observations_daily",
    "Daily station observations from the relational database, in the lake's units.",
    (SITE, DATE, *WEATHER, CAPTURED_AT, RAW_OBJECT, YEAR),
    key=("site_id", "date"),
    partition=("year",),
)

WEATHER_FORECAST_RAW = Table(
    "trusted",
    "weather_forecast_raw",
    "Open-Meteo's own forecasts as they were issued, every issue kept: the ground for post-processing.",
    (
        SITE,
        Column("issued_at", "timestamp", "when the forecast was asked for"),
        DATE,
        Column("lead_days", "int", "days from the issue's date in UTC to the date", "day"),
        Column("source", "string", "the model"),
        *WEATHER,
        RAW_OBJECT,
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
        VARIABLE,
        Column("value", "double", "the refused value, in the variable's unit"),
        Column("reason", "string", "what is wrong with it"),
        CAPTURED_AT,
        RAW_OBJECT,
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
        SITE,
        DATE,
        Column("source", "string", "the model of the archive, or observations"),
        VARIABLE,
        Column("old_value", "double", "the value before", "its unit"),
        Column("new_value", "double", "the value after; null where the later capture has none", "its unit"),
        Column("is_withdrawn", "boolean", "the later capture has no value; the archive's old value is kept then"),
        CAPTURED_AT,
        RAW_OBJECT,
        Column("sequence", "bigint", "the ledger's commit that brought the change"),
    ),
    key=("table_name", "site_id", "date", "source", "variable", "raw_object"),
)

_FLAG = (
    SITE,
    DATE,
    VARIABLE,
    Column("rule", "string", "id of the quality rule"),
    Column("value", "double", "the doubtful value", "its unit"),
    Column("detail", "string", "what the rule has to say besides"),
)

WEATHER_FLAGS = Table(
    "trusted",
    "weather_flags",
    "Doubtful values of weather_daily by rules that need their past, neighbours or climate; settled months alone.",
    _FLAG,
    key=("site_id", "date", "variable", "rule"),
)

OBSERVATION_FLAGS = Table(
    "trusted",
    "observation_flags",
    "Doubtful values of observations_daily by rules that need their past, neighbours or climate; settled months alone.",
    _FLAG,
    key=("site_id", "date", "variable", "rule"),
)

"""The refined tables: what the weather was like, how it changes, and what it will be."""

from meteolake.tables.schema import DATE, QUANTILES, SITE, VARIABLE, YEAR, Column, Table, quantile_column

CLIMATE_NORMALS = Table(
    "refined",
    "climate_normals",
    "What is normal at a site on a day of the year, smoothed by harmonics.",
    (
        SITE,
        VARIABLE,
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

MONTHLY_NORMALS = Table(
    "refined",
    "monthly_normals",
    "What is normal at a site in a month of the year, by WMO-No. 1203: means and spread of the months themselves.",
    (
        SITE,
        VARIABLE,
        Column("month", "int", "month of the year, 1 to 12"),
        Column("mean", "double", "mean of the months' values", "its unit"),
        Column("spread", "double", "standard deviation of the months' values", "its unit"),
        Column("q10", "double", "tenth percentile of the months' values", "its unit"),
        Column("q50", "double", "median of the months' values", "its unit"),
        Column("q90", "double", "ninetieth percentile of the months' values", "its unit"),
        Column("wet_days", "double", "mean number of days with at least 1 mm; precipitation only", "day"),
        Column("years", "int", "months behind it: sums without a missing day, others with ten missing at the most"),
        Column("is_sufficient", "boolean", "four fifths of the base period are behind it, as the WMO asks"),
    ),
    key=("site_id", "variable", "month"),
)

ANOMALIES_DAILY = Table(
    "refined",
    "anomalies_daily",
    "Departures of each day from its site's normal.",
    (
        SITE,
        VARIABLE,
        DATE,
        Column("value", "double", "the day's value", "its unit"),
        Column("anomaly", "double", "value minus normal", "its unit"),
        Column("standardised", "double", "anomaly divided by the normal's spread", "1"),
        YEAR,
    ),
    key=("site_id", "variable", "date"),
    partition=("year",),
)

MONTHLY_SUMMARY = Table(
    "refined",
    "monthly_summary",
    "Months rolled up from days: means of temperatures, sums of precipitation, highest winds.",
    (
        SITE,
        VARIABLE,
        Column("month", "date", "first day of the month"),
        Column("value", "double", "the month's value by the variable's roll-up", "its unit"),
        Column("lowest", "double", "lowest day", "its unit"),
        Column("highest", "double", "highest day", "its unit"),
        Column("wet_days", "int", "days with at least 1 mm; precipitation only", "day"),
        Column("days", "int", "days with a value", "day"),
        Column("is_complete", "boolean", "no day of the month is missing"),
        YEAR,
    ),
    key=("site_id", "variable", "month"),
    partition=("year",),
)

CLIMATE_INDICES = Table(
    "refined",
    "climate_indices",
    "The 27 climate indices of the ETCCDI by year, eleven of them by month, too; only where there is enough data.",
    (
        SITE,
        Column("index_name", "string", "the index, such as txx or cdd; docs/climate.md explains each"),
        Column("period", "string", "year or month"),
        Column("first_date", "date", "first day of the period; of gsl south of the equator the year begins in July"),
        Column("value", "double", "the index", "its unit"),
        Column("unit", "string", "unit of the index"),
        Column("base_from", "int", "first year of the base period of percentiles"),
        Column("base_until", "int", "last year of the base period of percentiles"),
    ),
    key=("site_id", "index_name", "period", "first_date"),
)

HELD_BACK, ISSUED = "held_back", "issued"
"""The kinds of scores: of days kept from training, and of published forecasts whose day has come."""

_ISSUE = (
    Column("issue_date", "date", "last day of data that the forecast knew"),
    Column("valid_date", "date", "the day forecast: issue_date + lead_days"),
    Column("lead_days", "int", "days ahead", "day"),
)

TRENDS = Table(
    "refined",
    "trends",
    "How fast seasons and years change, and whether it can be chance: Sen's slope, the test of Mann and Kendall.",
    (
        SITE,
        VARIABLE,
        Column("season", "string", "year, djf, mam, jja or son; a winter has the year of its January"),
        Column("slope_per_decade", "double", "change in ten years (Sen)", "its unit"),
        Column("lower", "double", "lower end of the slope's 95 % interval", "its unit"),
        Column("upper", "double", "upper end of the slope's 95 % interval", "its unit"),
        Column("p_value", "double", "chance of such a trend without one, autocorrelation considered", "1"),
        Column("tau", "double", "Kendall's tau: 1 rises always, -1 falls always", "1"),
        Column("from_year", "int", "first year with enough days"),
        Column("until_year", "int", "last year with enough days"),
        Column("years", "int", "years with enough days"),
    ),
    key=("site_id", "variable", "season"),
)

REANALYSIS_BIAS = Table(
    "refined",
    "reanalysis_bias",
    "The archive against the station at the same place, by month of the year; quantiles to map one to the other.",
    (
        SITE,
        VARIABLE,
        Column("month", "int", "month of the year, 1 to 12"),
        Column("days", "int", "days that both have", "day"),
        Column("bias", "double", "archive minus station", "its unit"),
        Column("mae", "double", "mean absolute difference", "its unit"),
        Column("rmse", "double", "root of the mean squared difference", "its unit"),
        Column("correlation", "double", "of the days of this month", "1"),
        Column("booked_days_later", "int", "days by which the station seems to book its values later: not 0 is a trap"),
        *(
            Column(f"{source}_{quantile_column(q)}", "double", f"the {source}'s quantile {q:g}", "its unit")
            for source in ("archive", "station")
            for q in QUANTILES
        ),
    ),
    key=("site_id", "variable", "month"),
)

FORECAST_DAILY = Table(
    "refined",
    "forecast_daily",
    "Probabilistic forecasts as quantiles, each with the skill verified for its lead.",
    (
        SITE,
        VARIABLE,
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
    "How good the forecasts are: scores on days that were held back, and of what was issued and has come true since.",
    (
        SITE,
        VARIABLE,
        Column("kind", "string", "held_back: days kept from training; issued: forecasts of the last year"),
        Column("season", "string", "of the day that was forecast, by its months: djf, mam, jja or son"),
        Column("lead_days", "int", "days ahead", "day"),
        Column("from_date", "date", "first day that was forecast"),
        Column("until_date", "date", "last day that was forecast"),
        Column("cases", "int", "forecasts scored"),
        Column("crps", "double", "continuous ranked probability score of the forecast", "its unit"),
        Column("crps_climatology", "double", "the same of climatology; not of issued precipitation", "its unit"),
        Column("mae", "double", "mean absolute error of the median", "its unit"),
        Column("coverage_80", "double", "share of days inside the central 80 %", "1"),
        Column("brier", "double", "Brier score of the rain probability; precipitation only", "1"),
        Column("brier_climatology", "double", "the same of the seasonal frequency", "1"),
        Column("run_id", "string", "the run that measured it"),
    ),
    key=("site_id", "variable", "kind", "season", "lead_days"),
)

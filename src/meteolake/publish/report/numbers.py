"""What the report shows, asked of the lake in SQL."""

from collections.abc import Iterator

import pandas as pd

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.lake.query import query
from meteolake.tables import REANALYSIS_BIAS, WEATHER_DAILY
from meteolake.variables import PRECIPITATION, TEMPERATURE_MAX, TEMPERATURE_MIN, VARIABLES, WET_DAY_MM

_MOST_SITES = 6
_MONTH_DAYS = 30.44
_SHOWN_INDICES = ("tx90p", "tn10p", "txx", "fd", "rx5day", "cdd")

# A few sites that stand for all: those at even steps of the order by mean temperature.
_SHOWN_SITES = f"""
    with warmth as (
        select site_id, avg(mean) as mean from refined.climate_normals where variable = '{TEMPERATURE_MAX}' group by 1
    ), ranked as (
        select site_id, row_number() over (order by mean, site_id) - 1 as place, count(*) over () as sites from warmth
    )
    select site_id from ranked
    where place in (select round(number * (sites - 1) / greatest(least(sites, {_MOST_SITES}) - 1, 1))
                    from range({_MOST_SITES}) as steps(number))
"""


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


def coverage(zones: Zones) -> pd.DataFrame:
    """The share of days with a value by year and variable."""
    counts = ", ".join(f"count({name}) as {name}" for name in VARIABLES)
    sums = ", ".join(f"sum({name}) / sum(days_there) as {name}" for name in VARIABLES)
    return _frame(
        zones,
        f"""
        with ends as (select site_id, min(date) as first, max(date) as last from trusted.weather_daily group by 1),
        of_site as (select site_id, year, {counts} from trusted.weather_daily group by 1, 2),
        wanted as (
            select site_id, year,
                   date_diff('day', greatest(first, make_date(year, 1, 1)), least(last, make_date(year, 12, 31))) + 1
                       as days_there
            from ends, (select distinct year from trusted.weather_daily)
            where year between year(first) and year(last)
        )
        select year, {sums} from wanted left join of_site using (site_id, year) group by 1 order by 1
        """,
    ).set_index("year")


def gaps(zones: Zones) -> pd.DataFrame:
    """The sites with the most days without a maximum temperature between their first and last day."""
    return _frame(
        zones,
        f"""
        select any_value(coalesce(s.name, d.site_id)) as site, min(date) as first, max(date) as last,
               date_diff('day', min(date), max(date)) + 1 - count({TEMPERATURE_MAX}) as missing
        from trusted.weather_daily d left join trusted.sites s using (site_id)
        group by d.site_id having missing > 0 order by missing desc, site limit 10
        """,
    )


def histograms(zones: Zones) -> dict[str, pd.DataFrame]:
    """Counts of days by value, in classes of 1 °C or mm, by variable."""
    condition = {PRECIPITATION: f"{PRECIPITATION} >= {WET_DAY_MM}"}
    return {
        name: _frame(
            zones,
            f"select floor({name}) as value, count(*) as days from trusted.weather_daily "
            f"where {condition.get(name, f'{name} is not null')} group by 1 order by 1",
        )
        for name in (TEMPERATURE_MIN, TEMPERATURE_MAX, PRECIPITATION)
    }


def normals(zones: Zones) -> pd.DataFrame:
    """Normals of the temperatures of a few sites."""
    return _frame(
        zones,
        f"""
        select n.site_id, s.name, variable, day_of_year, mean, spread
        from refined.climate_normals n join trusted.sites s using (site_id)
        where n.site_id in ({_SHOWN_SITES}) and variable in ('{TEMPERATURE_MAX}', '{TEMPERATURE_MIN}')
        order by site_id, variable, day_of_year
        """,
    )


def monthly_rain(zones: Zones) -> pd.DataFrame:
    """Rain of the months of the same sites, by their mean daily rate, so that a missing day is not a dry one."""
    return _frame(
        zones,
        f"""
        select site_id, month(month) as month, sum(value) / sum(days) * {_MONTH_DAYS} as mean
        from refined.monthly_summary
        where site_id in ({_SHOWN_SITES}) and variable = '{PRECIPITATION}' group by 1, 2 order by 1, 2
        """,
    )


def records(zones: Zones) -> Iterator[tuple[str, pd.DataFrame]]:
    """The most extreme days, by variable."""
    kinds = (
        ("Hottest days", TEMPERATURE_MAX, "desc"),
        ("Coldest nights", TEMPERATURE_MIN, "asc"),
        ("Wettest days", PRECIPITATION, "desc"),
    )
    for title, name, order in kinds:
        yield (
            f"{title} ({VARIABLES[name].unit})",
            _frame(
                zones,
                f"""
                select coalesce(s.name, d.site_id) as site, d.date, d.{name} as value
                from trusted.weather_daily d left join trusted.sites s using (site_id)
                where d.{name} is not null order by d.{name} {order}, d.date limit 5
                """,
            ),
        )


def correlations(zones: Zones) -> pd.DataFrame:
    """Correlations of all pairs of variables within months of the year, as a square of variables."""
    names = [name for name, is_there in _known_variables(zones).items() if is_there]
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    each = ", ".join(f"corr({one}, {other}) as c{number}" for number, (one, other) in enumerate(pairs))
    mean = ", ".join(f"avg(c{number}) filter (not isnan(c{number})) as c{number}" for number in range(len(pairs)))
    square = pd.DataFrame(1.0, index=names, columns=names)
    if pairs:
        [row] = query(
            zones,
            f"select {mean} from (select {each} from trusted.weather_daily group by site_id, month(date))",
        ).to_pylist()
        for number, (one, other) in enumerate(pairs):
            square.loc[one, other] = square.loc[other, one] = row[f"c{number}"]
    return square


def rain_and_temperature(zones: Zones) -> pd.DataFrame:
    """The correlation of rain with both temperatures by month, its median over sites and the middle half of them."""
    return _frame(
        zones,
        f"""
        with each as (
            select site_id, month(date) as month, corr({PRECIPITATION}, {TEMPERATURE_MAX}) as "{TEMPERATURE_MAX}",
                   corr({PRECIPITATION}, {TEMPERATURE_MIN}) as "{TEMPERATURE_MIN}"
            from trusted.weather_daily group by 1, 2
        ), long as (unpivot each on "{TEMPERATURE_MAX}", "{TEMPERATURE_MIN}" into name variable value correlation)
        select variable, month, median(correlation) as median, quantile_cont(correlation, 0.25) as lower,
               quantile_cont(correlation, 0.75) as upper
        from long where not isnan(correlation) group by 1, 2 order by 1, 2
        """,
    )


def yearly_anomalies(zones: Zones) -> pd.DataFrame:
    """Whole years' mean maximum temperature against each site's mean of all its years, the mean over the sites."""
    return _frame(
        zones,
        f"""
        with yearly as (
            select site_id, year, avg(value) as mean from refined.monthly_summary
            where variable = '{TEMPERATURE_MAX}' and is_complete group by 1, 2 having count(*) = 12
        ), against as (select year, mean - avg(mean) over (partition by site_id) as anomaly from yearly)
        select year, avg(anomaly) as anomaly from against group by 1 order by 1
        """,
    )


def trends(zones: Zones) -> pd.DataFrame:
    """Trends of the yearly maximum temperature by site, in the order of their slope."""
    return _frame(
        zones,
        f"""
        select coalesce(s.name, t.site_id) as site, slope_per_decade as slope, lower, upper, p_value
        from refined.trends t left join trusted.sites s using (site_id)
        where variable = '{TEMPERATURE_MAX}' and season = 'year' order by slope, site
        """,
    )


def indices(zones: Zones) -> pd.DataFrame:
    """Some climate indices by year: median over the sites and their middle half."""
    wanted = ", ".join(f"'{name}'" for name in _SHOWN_INDICES)
    return _frame(
        zones,
        f"""
        select index_name, unit, year(first_date) as year, median(value) as median,
               quantile_cont(value, 0.25) as lower, quantile_cont(value, 0.75) as upper
        from refined.climate_indices where period = 'year' and index_name in ({wanted})
        group by 1, 2, 3
        qualify count(*) * 2 >= max(count(*)) over (partition by index_name)  -- few sites are other sites
        order by 1, 3
        """,
    )


def bias(zones: Zones) -> pd.DataFrame:
    """Archive minus station by variable and month, the mean over the sites."""
    if not tables.exists(zones, REANALYSIS_BIAS):
        return pd.DataFrame()
    return _frame(
        zones,
        "select variable, month, avg(bias) as bias, avg(mae) as mae, count(*) as sites from refined.reanalysis_bias "
        "group by 1, 2 order by 1, 2",
    )


def skill(zones: Zones) -> pd.DataFrame:
    """Verified skill and coverage of the forecasts by variable and lead."""
    return _frame(
        zones,
        """
        select variable, lead_days,
               1 - sum(coalesce(brier, crps) * cases)
                   / sum(coalesce(brier_climatology, crps_climatology) * cases) as skill,
               sum(coverage_80 * cases) / sum(cases) as coverage
        from refined.forecast_scores group by 1, 2 order by 1, 2
        """,
    )


def _known_variables(zones: Zones) -> dict[str, bool]:
    counts = ", ".join(f"count({name}) > 0 as {name}" for name in VARIABLES)
    [row] = query(zones, f"select {counts} from trusted.weather_daily").to_pylist()
    found: dict[str, bool] = row
    return found


def _frame(zones: Zones, sql: str) -> pd.DataFrame:
    try:
        frame: pd.DataFrame = query(zones, sql).to_pandas()
    except LakeError as error:
        if "does not exist" in str(error):  # a table that this lake has not made, such as trends of two years
            return pd.DataFrame()
        raise
    return frame

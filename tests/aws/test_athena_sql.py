"""Statements for Athena: a translated one means the same, and what the two do not mean alike is refused.

DuckDB shows it, which executes both forms over a lake.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.aws.athena_stand_in import as_texts, executed
from tests.aws.loopback import DATABASES

from meteolake.aws.athena_sql import translated
from meteolake.aws.athena_values import typed
from meteolake.errors import LakeError
from meteolake.lake.query import described, query
from meteolake.pipeline.settings import Settings

ROOT = Path(__file__).parents[2]

STATEMENTS = (
    "select site_id, valid_date, q50 from refined.forecast_daily where lead_days = 1",
    """select s.name, count(*) as days
    from trusted.weather_daily w join trusted.sites s using (site_id) join refined.forecast_daily f using (site_id)
    where f.lead_days = 1 and f.variable = 'precipitation_sum' and w.date >= '2026-10-01'
    group by s.name order by s.name""",
    "from trusted.sites limit 3",
    "select * exclude (captured_at, raw_object) from trusted.sites order by name",
    "select site_id, utc_offset_hours from trusted.sites order by all desc",
    "select site_id, year(date) as y, avg(temperature_2m_max) as warm from trusted.weather_daily group by all "
    "order by all",
    "select date_trunc('month', date) as month, sum(precipitation_sum) / count(*) as rain from trusted.weather_daily "
    "where date between '2024-01-01' and '2024-12-31' group by month having month > '2024-03-01' order by month",
    "select site_id, date, temperature_2m_max from trusted.weather_daily "
    "qualify row_number() over (partition by site_id order by temperature_2m_max desc, date) <= 3 order by all",
    "select site_id, count(*) filter (where precipitation_sum >= 1) as wet, count(distinct year) from "
    "trusted.weather_daily where date in ('2024-01-01', '2024-01-02') group by site_id order by site_id",
    "select max(date) + 7, max(date) - 7, max(date) - min(date), max(date) - interval 1 year, "
    "date_diff('day', min(date), max(date)) from trusted.weather_daily",
    "select valid_date - lead_days = issue_date as fits, count(*) from refined.forecast_daily group by fits",
    "with warm as (select site_id, avg(mean) as m from refined.climate_normals where variable = 'temperature_2m_max' "
    "group by site_id) select name, round(m, 2) as m from warm join trusted.sites using (site_id) order by m desc",
    "select name from trusted.sites where name ilike 'b%' union all select 'none' order by name",
    "select strftime(max(date), '%Y-%m') as newest, 1 / 4 as quarter, 'a' || 1 as text from trusted.weather_daily",
    "select site_id, date, avg(temperature_2m_max) over (partition by site_id order by date rows between 6 preceding "
    "and current row) as smooth from trusted.weather_daily where date >= date '2026-10-20' order by site_id, date",
    "select arg_max(date, temperature_2m_max) as day, max_by(site_id, temperature_2m_max) from trusted.weather_daily",
    "select captured_at::date as day, captured_at > '2020-01-01' as is_new from trusted.sites limit 1",
    "select site_id from trusted.sites s where not exists "
    "(select 1 from refined.forecast_daily f where f.site_id = s.site_id)",
    "select case when temperature_2m_min < 0 then 'frost' else 'none' end as kind, count(*) as days "
    "from trusted.weather_daily group by 1 order by 2 desc nulls last",
    "select coalesce(sum(precipitation_sum), 0), sum(year), stddev(year), corr(temperature_2m_max, temperature_2m_min) "
    "from trusted.weather_daily where site_id = 'bergen'",
    "select site_id, lag(temperature_2m_max, 1) over (order by date) from trusted.weather_daily "
    "where site_id = 'bergen' order by date limit 5",
    "select count(*) from trusted.weather_daily where isodow(date) = 7 and extract(doy from date) < 100 and "
    "dayofyear(date) > 2 and month(date) in (1, 2)",
    "select (select max(date) from trusted.weather_daily) as newest, s.name from trusted.sites s order by name limit 1",
    "select upper(left_out.name), length(trim(name)) from trusted.sites as left_out order by 1",
)


def documented() -> list[str]:
    """The statements that the documentation shows."""
    found = []
    for page in sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]):
        words = page.read_text(encoding="utf-8")
        found += re.findall(r'meteolake sql (?:--on athena )?"([^"]+)"', words)
        found += re.findall(r"```sql\n(.+?)```", words, re.DOTALL)
    return found


@pytest.mark.parametrize("sql", [*STATEMENTS, *documented()])
def test_a_translated_statement_means_the_same(filled: Settings, sql: str) -> None:
    here, there = query(filled.zones, sql), executed(filled.zones, translated(sql, DATABASES))
    assert there.num_columns == here.num_columns
    answered = typed(*as_texts(there), described(sql))
    assert answered.schema.names == here.schema.names
    if "order by" in sql:
        assert approximate(answered) == approximate(here)
    else:
        assert Counter(approximate(answered)) == Counter(approximate(here))


def approximate(answer: pa.Table) -> list[Any]:
    """Rows that can be compared: sums in another order differ in their last digits."""
    rows = zip(*(column.to_pylist() for column in answer.columns), strict=True)
    return [tuple(float(f"{value:.9g}") if isinstance(value, float) else value for value in row) for row in rows]


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        (
            "select name from trusted.sites where captured_at >= '2026-01-01'",
            'SELECT "sites"."name" AS "name" FROM "my_lake_trusted"."sites" AS "sites" WHERE "sites"."captured_at" >= '
            "CAST('2026-01-01' AS TIMESTAMP WITH TIME ZONE)",
        ),
        (
            "select s.name from trusted.sites s anti join trusted.weather_flags f on f.site_id = s.site_id",
            'SELECT "s"."name" AS "name" FROM "my_lake_trusted"."sites" AS "s" WHERE NOT EXISTS(SELECT 1 FROM '
            '"my_lake_trusted"."weather_flags" AS "f" WHERE "f"."site_id" = "s"."site_id")',
        ),
        (
            "select max(date) - 7 from trusted.weather_daily",
            'SELECT DATE_ADD(\'DAY\', -(7), MAX("weather_daily"."date")) AS "_col_0" FROM '
            '"my_lake_trusted"."weather_daily" AS "weather_daily"',
        ),
        ("select 1 / 4", 'SELECT CAST(1 AS DOUBLE) / 4 AS "_col_0"'),
    ],
    ids=["instants", "anti-join", "days", "division"],
)
def test_what_athena_is_sent(sql: str, sent: str) -> None:
    assert translated(sql, DATABASES) == sent


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select median(crps) from refined.forecast_scores", r"Athena does not have MEDIAN\(crps\)"),
        ("select dayofweek(date) from trusted.weather_daily", "DAYOFWEEK"),
        ("select greatest(q50, q90) from refined.forecast_daily", "GREATEST"),
        ("select log(q50) from refined.forecast_daily", "LOG"),
        ("select extract(week from date) from trusted.weather_daily", "EXTRACT"),
        ("select 7 // 2", "7 // 2"),
        ("select distinct on (site_id) site_id from trusted.weather_daily", r"DISTINCT ON \(site_id\)"),
        ("select site_id[1:2] from trusted.sites", "site_id"),
        ("select * from range(3)", "RANGE"),
        ("select * from trusted.sites union all by name from trusted.sites", "BY NAME"),
        ("select * from trusted.sites order by all", "Athena has no `order by all`"),
        ("show all tables", "one `select` at a time"),
        ("explain select 1", "one `select` at a time"),
        ("select table_name from information_schema.tables", "the lake's tables alone"),
    ],
)
def test_what_the_two_do_not_mean_alike_is_refused(sql: str, said: str) -> None:
    described(sql)
    with pytest.raises(LakeError, match=said):
        translated(sql, DATABASES)

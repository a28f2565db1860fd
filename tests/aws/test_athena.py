"""Questions to Athena: what is sent, what comes back, and what goes wrong.

moto keeps the queries and gives the answers that a test queued; it executes nothing. That a translated statement means
the same is shown by DuckDB, which executes both forms over a lake.
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.athena_stand_in import DATABASES, executed, pages
from tests.aws.loopback import REGION, reachable, running

from meteolake.aws.account import Account
from meteolake.aws.athena import Answer, Athena
from meteolake.aws.athena_sql import translated
from meteolake.aws.athena_values import typed
from meteolake.errors import CloudError, LakeError
from meteolake.lake.query import described, query
from meteolake.pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
WORKGROUP = "my-lake"

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


def as_texts(answer: pa.Table) -> tuple[list[list[str | None]], list[str]]:
    content = pages(answer)
    rows = [[datum.get("VarCharValue") for datum in row["Data"]] for row in content["rows"][1:]]
    return rows, [column["Type"] for column in content["column_info"]]


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


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("drop table trusted.sites", "read only"),
        ("select 1; select 2", "read only"),
        ("select nothing from trusted.sites", "nothing"),
        ("select * from refined.nothing", "The lake's tables: raw.captures"),
        ("selec 1", "syntax error"),
        ("copy (select 1) to 'stolen.csv'", "read only"),
        ("select * from read_csv('/etc/passwd')", "disabled"),
    ],
)
def test_a_wrong_statement_is_told_before_athena_is_asked(sql: str, said: str) -> None:
    with pytest.raises(LakeError, match=said):
        Athena(Account(REGION), WORKGROUP, DATABASES).query(sql)


VALUES = {
    pa.bool_(): st.booleans(),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.string(): st.text(),
    pa.date32(): st.dates(),
    pa.timestamp("us"): st.datetimes(),
    pa.timestamp("us", "UTC"): st.datetimes(timezones=st.just(UTC)),
}


@given(st.data())
def test_every_value_comes_back_as_it_was(data: st.DataObject) -> None:
    types = data.draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=4))
    rows = data.draw(st.lists(st.tuples(*(st.none() | VALUES[each] for each in types)), max_size=4))
    fields = [pa.field(f"c{number}", each) for number, each in enumerate(types)]
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    answer = pa.Table.from_arrays(
        [pa.array(c, t) for c, t in zip(columns, types, strict=True)], schema=pa.schema(fields)
    )
    assert typed(*as_texts(answer), answer.schema) == answer


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-07-01 06:00:00.000 UTC", "2026-07-01 06:00:00"),
        ("2026-07-01 06:00:00.000 Europe/Berlin", "2026-07-01 04:00:00"),
        ("2026-07-01 06:00:00.000 +05:30", "2026-07-01 00:30:00"),
    ],
)
def test_instants_of_any_zone_are_read(written: str, instant: str) -> None:
    expected = pa.schema([("at", pa.timestamp("us", "UTC"))])
    [found] = typed([[written]], ["timestamp with time zone"], expected)["at"].to_pylist()
    assert found.strftime("%Y-%m-%d %H:%M:%S") == instant


def test_a_value_that_does_not_fit_keeps_athenas_type() -> None:
    expected = pa.schema([("n", pa.int32()), ("d", pa.decimal128(38, 0))])
    found = typed([[str(2**40), "12345678901234567890"], [None, None]], ["bigint", "decimal"], expected)
    assert found.to_pylist() == [{"n": 2**40, "d": 12345678901234567890}, {"n": None, "d": None}]


@dataclass(frozen=True)
class Stubbed(Account):
    """An account whose client a test prepared."""

    prepared: Any = None

    def client(self, service: str) -> Any:
        """The prepared client."""
        return self.prepared


def stubbed() -> tuple[Athena, Stubber, list[float]]:
    """Athena with a client that answers what a test says and checks what it is asked; and how long it waited."""
    import boto3

    client = boto3.client("athena", REGION, aws_access_key_id="x", aws_secret_access_key="x")
    waits: list[float] = []
    return Athena(Stubbed(REGION, prepared=client), WORKGROUP, DATABASES, waits.append), Stubber(client), waits


def started(stubber: Stubber) -> None:
    stubber.add_response(
        "start_query_execution", {"QueryExecutionId": "q"}, {"QueryString": ANY, "WorkGroup": WORKGROUP}
    )


def state(stubber: Stubber, name: str, reason: str | None = None, scanned: int = 0) -> None:
    execution = {
        "QueryExecutionId": "q",
        "Status": {"State": name} | ({"StateChangeReason": reason} if reason else {}),
        "Statistics": {"DataScannedInBytes": scanned},
    }
    stubber.add_response("get_query_execution", {"QueryExecution": execution}, {"QueryExecutionId": "q"})


def result(stubber: Stubber, rows: Sequence[str], token: str | None = None, following: str | None = None) -> None:
    content = {
        "ResultSet": {
            "Rows": [{"Data": [{"VarCharValue": value}]} for value in rows],
            "ResultSetMetadata": {"ColumnInfo": [{"Name": "one", "Type": "integer"}]},
        }
    }
    asked = {"QueryExecutionId": "q"} | ({"NextToken": token} if token else {})
    stubber.add_response("get_query_results", content | ({"NextToken": following} if following else {}), asked)


def test_an_answer_is_waited_for_and_read_to_its_last_page() -> None:
    athena, stubber, waits = stubbed()
    started(stubber)
    for each in ("QUEUED", "RUNNING", "RUNNING"):
        state(stubber, each)
    state(stubber, "SUCCEEDED", scanned=3 * 10**9)
    result(stubber, ["one", "1"], following="more")
    result(stubber, ["2"], token="more")
    with stubber:
        answer = athena.query("select 1 as one")
    assert answer.rows.to_pylist() == [{"one": 1}, {"one": 2}]
    assert answer.usd == pytest.approx(0.015)
    assert len(waits) == 3
    assert waits[0] < waits[-1] <= 1
    stubber.assert_no_pending_responses()


def test_a_small_statement_is_billed_for_ten_megabytes_and_one_without_data_for_none() -> None:
    assert Answer(pa.table({}), 5).usd == pytest.approx(0.00005)
    assert Answer(pa.table({}), 0).usd == 0


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("FAILED", "TABLE_NOT_FOUND: line 1:8: Table 'my_lake_trusted.sites' does not exist", "meteolake aws tables"),
        ("FAILED", "Insufficient permissions to execute the query. s3:GetObject", "Insufficient permissions"),
        ("CANCELLED", "Query exhausted resources: Bytes scanned limit was exceeded", "Bytes scanned limit"),
        ("CANCELLED", None, "CANCELLED"),
    ],
)
def test_a_query_that_fails_is_told_with_athenas_reason(name: str, reason: str | None, said: str) -> None:
    athena, stubber, _ = stubbed()
    started(stubber)
    state(stubber, name, reason)
    with stubber, pytest.raises(CloudError, match=f"Athena could not answer: .*{said}.*It was asked: SELECT 1"):
        athena.query("select 1")


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        (
            "InvalidRequestException",
            "WorkGroup my-lake is not found",
            "workgroup my-lake: WorkGroup my-lake is not found",
        ),
        (
            "AccessDeniedException",
            "User x is not authorized to perform: athena:StartQueryExecution",
            "permission athena:St",
        ),
        ("ThrottlingException", "Rate exceeded", "slow down"),
        ("ExpiredTokenException", "The security token is expired", "have expired"),
    ],
)
def test_what_aws_refuses_is_told(code: str, message: str, said: str) -> None:
    athena, stubber, _ = stubbed()
    stubber.add_client_error("start_query_execution", code, message)
    with stubber, pytest.raises(CloudError, match=said):
        athena.query("select 1")


def test_a_query_is_stopped_with_its_asker() -> None:
    athena, stubber, _ = stubbed()
    started(stubber)
    state(stubber, "RUNNING")
    stubber.add_response("stop_query_execution", {}, {"QueryExecutionId": "q"})

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with stubber, pytest.raises(KeyboardInterrupt):
        Athena(athena.account, WORKGROUP, DATABASES, interrupted).query("select 1")
    stubber.assert_no_pending_responses()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An AWS with a stack's outputs and its workgroup."""
    with running() as account:
        reachable(account, monkeypatch)
        outputs = {"LakeBucket": "lake", "WorkBucket": "work", "PublicBucket": "public", "AthenaWorkgroup": WORKGROUP}
        outputs |= {"EmrServiceRole": "r", "EmrInstanceProfile": "p"}
        outputs |= {f"GlueDatabase{zone.title()}": name for zone, name in DATABASES.items()}
        template = {
            "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        account.client("cloudformation").create_stack(StackName="my-lake", TemplateBody=json.dumps(template))
        configuration = {"ResultConfiguration": {"OutputLocation": "s3://work/athena/"}}
        account.client("athena").create_work_group(Name=WORKGROUP, Configuration=configuration)
        yield account
        account.client("athena").delete_work_group(WorkGroup=WORKGROUP, RecursiveDeleteOption=True)
        account.client("cloudformation").delete_stack(StackName="my-lake")


def queue(account: Account, *answers: pa.Table) -> None:
    body = json.dumps({"results": [pages(answer) for answer in answers]}).encode()
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(
        urllib.request.Request(f"{account.endpoint_url}/moto-api/static/athena/query-results", body, headers)
    ).close()


def command(*words: str, account: Account, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"METEOLAKE_AWS_STACK": "my-lake", "METEOLAKE_AWS_ENDPOINT_URL": account.endpoint_url}
    line = [sys.executable, "-m", "meteolake", "sql", *words]
    return subprocess.run(line, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


def test_the_command_prints_what_it_prints_without_athena(
    cloud: Account, filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METEOLAKE_LAKE_PATH", str(Path(filled.zones.raw).parent))
    sql = STATEMENTS[1]
    queue(cloud, *[executed(filled.zones, translated(sql, DATABASES))] * 2)
    for words in ((sql,), (sql, "--json")):
        here = command(*words, account=cloud, cwd=tmp_path)
        there = command(*words, "--on", "athena", account=cloud, cwd=tmp_path)
        assert there.returncode == 0, there.stderr
        assert there.stdout == here.stdout != ""
        assert there.stderr == "Athena read 0.0 MB: 0.0000 USD by list price.\n"
    [sent] = {
        execution["Query"]
        for query_id in cloud.client("athena").list_query_executions(WorkGroup=WORKGROUP)["QueryExecutionIds"]
        for execution in [cloud.client("athena").get_query_execution(QueryExecutionId=query_id)["QueryExecution"]]
    }
    assert sent == translated(sql, DATABASES)


def test_earlier_versions_are_refused_and_a_missing_stack_is_told(cloud: Account, tmp_path: Path) -> None:
    refused = command("select 1", "--on", "athena", "--as-of", "2026-01-01", account=cloud, cwd=tmp_path)
    assert (refused.returncode, "no earlier versions" in " ".join(refused.stderr.split())) == (2, True)
    cloud.client("cloudformation").delete_stack(StackName="my-lake")
    refused = command("select 1", "--on", "athena", account=cloud, cwd=tmp_path)
    assert refused.returncode == 1
    assert "There is no stack my-lake" in refused.stderr

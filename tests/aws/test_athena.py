"""Questions to Athena: how they are asked, what comes back, and what goes wrong.

moto keeps the queries and gives the answers that a test queued; it executes nothing.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from botocore.stub import ANY, Stubber
from tests.aws.athena_stand_in import executed, pages
from tests.aws.loopback import DATABASES, REGION, STACK, deployed, reachable, running

from meteolake.aws.account import Account
from meteolake.aws.athena import Answer, Athena
from meteolake.aws.athena_sql import translated
from meteolake.errors import CloudError, LakeError
from meteolake.pipeline.settings import Settings

JOINED = """select s.name, count(*) as days
from trusted.weather_daily w join trusted.sites s using (site_id) join refined.forecast_daily f using (site_id)
where f.lead_days = 1 and f.variable = 'precipitation_sum' and w.date >= '2026-10-01'
group by s.name order by s.name"""


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
        Athena(Account(REGION), STACK, DATABASES).query(sql)


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
    return Athena(Stubbed(REGION, prepared=client), STACK, DATABASES, waits.append), Stubber(client), waits


def started(stubber: Stubber) -> None:
    stubber.add_response("start_query_execution", {"QueryExecutionId": "q"}, {"QueryString": ANY, "WorkGroup": STACK})


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
        Athena(athena.account, STACK, DATABASES, interrupted).query("select 1")
    stubber.assert_no_pending_responses()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An AWS with a stack's outputs and its workgroup."""
    with running() as account:
        reachable(account, monkeypatch)
        with deployed(account):
            yield account


def queue(account: Account, *answers: pa.Table) -> None:
    body = json.dumps({"results": [pages(answer) for answer in answers]}).encode()
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(
        urllib.request.Request(f"{account.endpoint_url}/moto-api/static/athena/query-results", body, headers)
    ).close()


def command(*words: str, account: Account, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"METEOLAKE_AWS_STACK": STACK} | os.environ | {"METEOLAKE_AWS_ENDPOINT_URL": account.endpoint_url}
    line = [sys.executable, "-m", "meteolake", "sql", *words]
    return subprocess.run(line, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


def test_the_command_prints_what_it_prints_without_athena(
    cloud: Account, filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METEOLAKE_LAKE_PATH", str(Path(filled.zones.raw).parent))
    queue(cloud, *[executed(filled.zones, translated(JOINED, DATABASES))] * 2)
    for words in ((JOINED,), (JOINED, "--json")):
        here = command(*words, account=cloud, cwd=tmp_path)
        there = command(*words, "--on", "athena", account=cloud, cwd=tmp_path)
        assert there.returncode == 0, there.stderr
        assert there.stdout == here.stdout != ""
        assert there.stderr == "Athena read 0.0 MB: 0.0000 USD by list price.\n"
    [sent] = {
        execution["Query"]
        for query_id in cloud.client("athena").list_query_executions(WorkGroup=STACK)["QueryExecutionIds"]
        for execution in [cloud.client("athena").get_query_execution(QueryExecutionId=query_id)["QueryExecution"]]
    }
    assert sent == translated(JOINED, DATABASES)


def test_earlier_versions_are_refused_and_a_missing_stack_is_told(
    cloud: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = command("select 1", "--on", "athena", "--as-of", "2026-01-01", account=cloud, cwd=tmp_path)
    assert (refused.returncode, "no earlier versions" in " ".join(refused.stderr.split())) == (2, True)
    monkeypatch.setenv("METEOLAKE_AWS_STACK", "no-lake")
    refused = command("select 1", "--on", "athena", account=cloud, cwd=tmp_path)
    assert refused.returncode == 1
    assert "There is no stack no-lake" in refused.stderr

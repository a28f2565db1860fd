"""`meteolake aws deploy`, `preflight` and `destroy` as a user runs them, on moto's server."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from meteolake.aws.account import Account
from meteolake.aws.names import Names
from meteolake.aws.schedule_package import wheels
from meteolake.cli.main import app
from meteolake.errors import CloudError, ConfigError

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")

Command = Callable[..., Result]


@pytest.fixture
def command(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METEOLAKE_AWS_ENDPOINT_URL", account.endpoint_url)
    monkeypatch.setenv("METEOLAKE_AWS_HAS_PUBLIC_URL", "false")  # moto makes no distribution, and fails for its name
    monkeypatch.setenv("METEOLAKE_AWS_API_IS_ENABLED", "false")  # moto sees changes in what it made of it, every time
    return lambda *words: CliRunner().invoke(app, ["aws", *words])


def done(result: Result) -> str:
    assert result.exception is None, result.exception
    assert result.exit_code == 0
    return result.stdout


def test_deploy_shows_what_changes_makes_it_and_says_what_comes_next(command: Command) -> None:
    text = done(command("deploy", "--yes"))
    for said in ("LakeBucket", "AWS::S3::Bucket", 'path = "s3://meteolake-lake-123456789012"', "meteolake run --on"):
        assert said in text
    assert "The stack is up to date." in done(command("deploy", "--yes"))


def test_a_dry_run_shows_and_makes_nothing(command: Command, account: Account) -> None:
    text = done(command("deploy", "--dry-run"))
    assert "RunnerPolicy" in text
    assert "What was shown last was not made." in text
    assert account.client("cloudformation").describe_stacks()["Stacks"] == []


def test_a_release_that_the_jobs_are_not_proved_on_is_not_deployed(
    command: Command, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METEOLAKE_AWS_EMR_SERVERLESS_RELEASE", "emr-6.15.0")
    refused = command("deploy", "--yes").exception
    assert isinstance(refused, ConfigError)
    assert "release = 'emr-6.15.0': choose" in str(refused)
    assert account.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_nothing_is_changed_without_consent(command: Command, account: Account) -> None:
    refused = command("deploy")
    assert isinstance(refused.exception, ConfigError)
    assert "Say --yes" in str(refused.exception)
    done(command("deploy", "--yes"))
    assert isinstance(command("destroy").exception, ConfigError)
    assert "CREATE_COMPLETE" in {s["StackStatus"] for s in account.client("cloudformation").describe_stacks()["Stacks"]}


def test_a_denied_permission_stops_a_deploy_before_it_begins(
    command: Command, account: Account, forbidden: set[str]
) -> None:
    forbidden.add("iam:CreateRole")
    refused = command("deploy", "--yes")
    assert isinstance(refused.exception, CloudError)
    assert "AWS would refuse, so nothing was begun: iam:CreateRole" in str(refused.exception)
    assert "make the roles" in refused.stdout, "a table of what is missing"
    assert '"Action": [' in refused.stdout, "and the policy that grants it"
    assert account.client("cloudformation").describe_stacks()["Stacks"] == []


def test_without_lambda_the_documents_alone_are_deployed_and_preflight_says_so(
    command: Command, account: Account, forbidden: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METEOLAKE_AWS_API_IS_ENABLED", "true")
    forbidden.add("lambda:CreateFunction")
    text = done(command("preflight"))
    assert "Not allowed here, and left out: no API: the public documents alone are deployed." in text
    assert '"lambda:CreateFunction"' in text, "the policy that grants it"
    assert "left out: no API" in done(command("deploy", "--yes"))
    assert account.client("lambda").list_functions()["Functions"] == []


def test_with_lambda_the_function_is_made_of_the_code_that_was_sent(
    command: Command, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METEOLAKE_AWS_API_IS_ENABLED", "true")
    text = done(command("deploy", "--yes"))
    assert text.count("What changes") == 2, "the bucket first, then what runs code out of it"
    [function] = account.client("lambda").list_functions()["Functions"]
    assert function["FunctionName"] == "meteolake-api"
    assert function["Environment"]["Variables"] == {"METEOLAKE_PUBLIC_BUCKET": "meteolake-public-123456789012"}


def test_the_schedule_takes_the_configuration_along(
    command: Command, account: Account, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(command("deploy", "--yes"))
    s3 = account.client("s3")
    s3.put_object(Bucket=names.work_bucket, Key=wheels(Path()).key, Body=b"300 MB, which are fetched once")
    text = f'[lake]\npath = "s3://{names.lake_bucket}"\n'
    Path("meteolake.toml").write_text(text)
    monkeypatch.setenv("METEOLAKE_AWS_SCHEDULE_IS_ENABLED", "true")
    done(command("deploy", "--yes"))
    [key] = [
        each["Key"] for each in s3.list_objects_v2(Bucket=names.work_bucket)["Contents"] if "run.zip" in each["Key"]
    ]
    with zipfile.ZipFile(io.BytesIO(s3.get_object(Bucket=names.work_bucket, Key=key)["Body"].read())) as sent:
        assert sent.read("meteolake.toml").decode() == text
        assert {"buildspec.yml", "requirements.txt", "meteolake/__init__.py"} <= set(sent.namelist())


def test_preflight_exits_with_1_and_prints_the_policy_when_something_is_missing(
    command: Command, forbidden: set[str]
) -> None:
    forbidden.add("iam:PassRole")
    result = command("preflight", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["is_allowed"] is False
    [condition] = {json.dumps(statement["Condition"]) for statement in found["policy"]["Statement"][:1]}
    assert "iam:PassedToService" in condition


def test_preflight_of_a_run_needs_a_stack(command: Command) -> None:
    assert "run `meteolake aws deploy` first" in str(command("preflight", "--for", "run").exception)
    done(command("deploy", "--yes"))
    found = json.loads(done(command("preflight", "--for", "run", "--json")))
    states = {each["action"]: each["state"] for each in found["findings"]}
    assert states["emr-serverless:StartJobRun"] == "allowed"
    assert found["policy"] is None


def test_destroy_keeps_the_data_and_says_where(command: Command, account: Account, names: Names) -> None:
    done(command("deploy", "--yes"))
    account.client("s3").put_object(Bucket=names.lake_bucket, Key="raw/one", Body=b"1")
    text = done(command("destroy", "--yes"))
    assert "Removed: stack meteolake." in text
    assert f"The data stays in {names.lake_bucket}." in text
    assert "There is no stack meteolake." in done(command("destroy", "--yes"))
    assert "The lake lies in the stack's bucket" in done(command("deploy", "--yes"))


def test_a_denied_permission_stops_a_destroy_before_it_begins(
    command: Command, account: Account, names: Names, forbidden: set[str]
) -> None:
    done(command("deploy", "--yes"))
    forbidden.add("s3:DeleteObjectVersion")
    refused = command("destroy", "--yes", "--json")
    assert "AWS would refuse, so nothing was begun: s3:DeleteObjectVersion" in str(refused.exception)
    missing = json.loads(refused.stdout)
    assert {each["action"] for each in missing["findings"]} == {"s3:DeleteObjectVersion"}
    assert account.client("s3").head_bucket(Bucket=names.work_bucket)


def test_data_goes_only_when_its_name_is_given(command: Command, account: Account, names: Names) -> None:
    done(command("deploy", "--yes"))
    s3 = account.client("s3")
    s3.put_object(Bucket=names.lake_bucket, Key="raw/one", Body=b"1")
    for words in (("--data",), ("--data", "--confirm", "meteolake"), ("--data", "--json")):
        refused = command("destroy", "--yes", *words)
        assert "Nothing was removed" in str(refused.exception)
    assert s3.get_object(Bucket=names.lake_bucket, Key="raw/one")
    found = json.loads(done(command("destroy", "--yes", "--data", "--confirm", names.lake_bucket, "--json")))
    assert (found["is_data_removed"], found["objects"]) == (True, 1)
    assert names.lake_bucket not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}

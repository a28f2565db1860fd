"""The unattended run: what travels, what must not, and its commands run as CodeBuild runs them."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.stack.template import parsed

from meteolake.aws import archive, freshness, schedule_package, wheelhouse
from meteolake.aws.account import Account
from meteolake.aws.names import Names
from meteolake.aws.secrets import SECRETS, stored
from meteolake.aws.uploads import send
from meteolake.cli.aws.unattended import files
from meteolake.config import load
from meteolake.errors import ConfigError

Ended = subprocess.CompletedProcess[str]
REMOTE = '[lake]\npath = "s3://meteolake-lake-123456789012"\n'


def configured(folder: Path, text: str) -> dict[str, bytes]:
    path = folder / "meteolake.toml"
    path.write_text(text)
    return files(load(path, {}), path, {})


@pytest.fixture
def buildspec() -> dict[str, Any]:
    text = resources.files("meteolake.aws").joinpath("buildspec.yaml").read_text()
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return found


def test_the_configuration_and_the_file_of_sites_travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sites.csv").write_text("site_id,name,latitude,longitude\n")
    text = REMOTE + '[sites]\nfile = "sites.csv"\n'
    assert configured(tmp_path, text) == {
        "meteolake.toml": text.encode(),
        "sites.csv": b"site_id,name,latitude,longitude\n",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[open_meteo]\napi_key = "secret"\n', "put-parameter .* /meteolake/METEOLAKE_OPEN_METEO_API_KEY"),
        ('[publish]\npostgres = "postgresql://u:p@h/d"\n', "/meteolake/METEOLAKE_PUBLISH_POSTGRES"),
        ('[lake]\npath = "lake"\n', "lies on this machine"),
        (REMOTE + '[sites]\nfile = "/etc/sites.csv"\n', "must lie below this folder"),
        (REMOTE + '[sites]\nfile = "missing.csv"\n', "there is no such file"),
    ],
)
def test_what_a_container_could_not_run_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        configured(tmp_path, text)
    assert "u:p@h" not in str(raised.value)


def test_a_database_that_is_named_here_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "meteolake.toml"
    path.write_text(REMOTE)
    here = load(path, {"METEOLAKE_DATABASE_URL": "postgresql://u:p@h/d"})
    with pytest.raises(ConfigError, match="does not know the database") as raised:
        files(here, path, {})
    assert "u:p@h" not in str(raised.value)
    assert files(here, path, {"DatabaseUrlParameter": "/meteolake/METEOLAKE_DATABASE_URL"})


def test_secrets_are_found_by_their_names_and_never_read(account: Account, names: Names) -> None:
    ssm = account.client("ssm")
    ssm.put_parameter(Name="/meteolake/METEOLAKE_DATABASE_URL", Type="SecureString", Value="postgresql://u:p@h/d")
    ssm.put_parameter(Name="/other/METEOLAKE_PUBLISH_POSTGRES", Type="SecureString", Value="x")
    assert stored(account, names) == {"DatabaseUrlParameter": "/meteolake/METEOLAKE_DATABASE_URL"}


def test_the_container_gets_each_secret_by_reference() -> None:
    environment = parsed()["Resources"]["RunProject"]["Properties"]["Environment"]["EnvironmentVariables"]
    by_reference = {each["Fn::If"][1]["Name"]: each["Fn::If"][1] for each in environment if "Fn::If" in each}
    assert set(by_reference) == set(SECRETS)
    for variable, parameter in SECRETS.items():
        assert by_reference[variable]["Type"] == "PARAMETER_STORE"
        assert by_reference[variable]["Value"] == {"Ref": parameter}


def test_the_same_content_is_the_same_package(tmp_path: Path) -> None:
    content = {"meteolake.toml": b"[lake]\n"}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = (schedule_package.package(tmp_path / name, content) for name in "ab")
    assert first.key == second.key
    assert schedule_package.package(tmp_path, {"meteolake.toml": b"[run]\n"}).key != first.key


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.binary(max_size=50), max_size=5))
def test_archives_hold_what_was_given(tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes]) -> None:
    path = archive.write(tmp_path_factory.mktemp("zip") / "x.zip", dict(content))
    with zipfile.ZipFile(path) as written:
        assert {name: written.read(name) for name in written.namelist()} == content


def test_pins_hold_what_the_run_imports() -> None:
    names = {pin.split("==")[0] for pin in wheelhouse.pins()}
    assert {"numpy", "pyarrow", "deltalake", "pysail", "typer", "starlette"} <= names
    assert not names & {"pytest", "moto", "meteolake"}


def test_wheels_that_are_in_the_bucket_are_not_fetched_again(account: Account, tmp_path: Path) -> None:
    client = account.client("s3")
    client.create_bucket(Bucket="work")
    wheels = schedule_package.wheels(tmp_path)
    client.put_object(Bucket="work", Key=wheels.key, Body=b"wheels")
    assert send(account, "work", [wheels]) == []
    assert not list(tmp_path.iterdir())


def test_the_python_of_the_wheels_is_that_of_the_container(buildspec: dict[str, Any]) -> None:
    assert str(buildspec["phases"]["install"]["runtime-versions"]["python"]) == wheelhouse.PYTHON


@pytest.fixture
def container(tmp_path: Path, buildspec: dict[str, Any], account: Account) -> Callable[[str], Ended]:
    """Runs a phase's commands as CodeBuild does: in the unpacked package, with nothing but its variables.

    The wheels are those that are installed here, since fetching them takes a network.
    """
    package = schedule_package.package(tmp_path, {"meteolake.toml": REMOTE.encode()})
    source, wheels = tmp_path / "source", tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(package.path) as packed:
        packed.extractall(source)
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "CODEBUILD_SRC_DIR_wheels": str(wheels),
        "RUN_ON": "emr-serverless",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "METEOLAKE_AWS_ENDPOINT_URL": account.endpoint_url,
        **buildspec["env"]["variables"],
    }

    def run(line: str) -> Ended:
        return subprocess.run(line, shell=True, cwd=source, env=environment, capture_output=True, text=True)

    return run


def test_the_container_installs_its_requirements_and_imports_the_package_alone(
    container: Callable[[str], Ended], buildspec: dict[str, Any], tmp_path: Path
) -> None:
    for line in buildspec["phases"]["install"]["commands"]:
        ended = container(line)
        assert ended.returncode == 0, ended.stderr
    found = container("python -c 'import meteolake; print(meteolake.__file__)'")
    assert found.stdout.strip() == str(tmp_path / "source" / "meteolake" / "__init__.py"), found.stderr


def test_the_container_starts_the_run_that_a_person_starts(
    container: Callable[[str], Ended], buildspec: dict[str, Any]
) -> None:
    [line] = buildspec["phases"]["build"]["commands"]
    ended = container(line)
    assert ended.returncode == 1
    said = " ".join(ended.stderr.split())
    assert "There is no bucket meteolake-lake-123456789012" in said
    assert "make it with `meteolake aws deploy`" in said


def test_a_published_run_is_what_the_staleness_alarm_listens_for(account: Account) -> None:
    alarm = parsed()["Resources"]["StaleAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (freshness.NAMESPACE, freshness.METRIC)
    freshness.tell_published(account, "meteolake")
    [metric] = account.client("cloudwatch").list_metrics(Namespace=freshness.NAMESPACE)["Metrics"]
    assert metric["Dimensions"] == [{"Name": alarm["Dimensions"][0]["Name"], "Value": "meteolake"}]

"""The API on Lambda: its package alone, in a clean process, answers as `meteolake serve` does over the lake."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.aws.api_function import Ask, event, function
from tests.aws.loopback import reachable, running

from meteolake.aws.account import Account
from meteolake.aws.api_package import package
from meteolake.aws.documents import Documents
from meteolake.lake.objects import Objects
from meteolake.lambda_function import ENDPOINTS, respond
from meteolake.pipeline.publishing import publish
from meteolake.pipeline.settings import Settings
from meteolake.serve.api import Api
from meteolake.serve.app import create_app
from meteolake.serve.published import KEPT_SECONDS, Published
from meteolake.simulate.server import running as serving

BUCKET = "public-of-meteolake"
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("package")).path


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lambda's own packages: the SDK and nothing else."""
    folder = tmp_path_factory.mktemp("sdk")
    for name in SDK:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        file = Path(spec.origin)
        source = file.parent if file.name == "__init__.py" else file
        (folder / source.name).symlink_to(source)
    return folder


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running() as started, pytest.MonkeyPatch.context() as patch:
        reachable(started, patch)
        started.client("s3").create_bucket(Bucket=BUCKET)
        yield started


@pytest.fixture(scope="module")
def published(filled: Settings, account: Account) -> Settings:
    """The lake whose documents are in the bucket."""
    publish(Settings(filled.zones, filled.plan, None, None, public=f"s3://{BUCKET}"))
    return filled


@pytest.fixture(scope="module")
def ask(
    packed: Path, sdk: Path, account: Account, published: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ask]:
    with function(packed, sdk, account, tmp_path_factory.mktemp("function"), BUCKET) as started:
        yield started


@pytest.fixture(scope="module")
def local(filled: Settings) -> Iterator[httpx.Client]:
    with serving(create_app(filled.zones)) as url, httpx.Client(base_url=url, timeout=30) as opened:
        yield opened


def timeless(body: str) -> str:
    return re.sub(r'"generationtime_ms":[\d.e-]+', '"generationtime_ms":0', body)


@pytest.mark.parametrize(
    "url",
    [
        "/v1/forecast?site_id=bergen",
        "/v1/forecast?site_id=bergen&quantiles=all",
        "/v1/forecast?site_id=bergen,amsterdam&quantiles=0.1,0.9&daily=temperature_2m_max",
        "/v1/forecast?latitude=60.4,52.4&longitude=5.3,4.9",
        "/v1/forecast?site_id=bergen&quantiles=all&temperature_unit=fahrenheit&precipitation_unit=inch",
        "/v1/forecast?site_id=amsterdam&site_id=bergen",
        "/v1/forecast?site_id=",
        "/v1/forecast",
        "/v1/forecast?latitude=91&longitude=0",
        "/v1/forecast?latitude=0&longitude=0",
        "/v1/forecast?latitude=abc&longitude=0",
        "/v1/forecast?site_id=nowhere",
        "/v1/forecast?site_id=bergen&quantiles=0.33",
        "/v1/forecast?site_id=bergen&daily=cloud_cover_mean",
        "/v1/forecast?site_id=bergen&temperature_unit=kelvin",
        "/v1/sites",
        "/v1/scores",
        "/v1/model-card",
        "/healthz",
        "/v1/normals",
        "/v1/normals?site_id=nowhere",
        "/v1/normals?site_id=bergen&variable=x",
        "/v1/archive",
        "/v1/archive?site_id=nowhere",
        "/v1/nothing",
    ],
)
def test_the_function_answers_what_the_server_answers(ask: Ask, local: httpx.Client, url: str) -> None:
    answered, expected = ask(url), local.get(url)
    assert answered["statusCode"] == expected.status_code
    assert answered["headers"]["Content-Type"] == expected.headers["content-type"]
    assert timeless(answered["body"]) == timeless(expected.text)


@pytest.mark.parametrize("url", ["/v1/archive?site_id=bergen", "/v1/normals?site_id=bergen"])
def test_what_needs_the_lake_is_refused_with_what_to_use_instead(ask: Ask, url: str) -> None:
    answered = ask(url)
    assert answered["statusCode"] == 501
    reason = json.loads(answered["body"])["reason"]
    assert "meteolake serve" in reason
    assert "sql --on athena" in reason


def test_other_methods_are_refused_as_by_the_server(ask: Any, local: httpx.Client) -> None:
    answered, expected = ask("/v1/sites", "POST"), local.post("/v1/sites")
    assert (answered["statusCode"], answered["body"]) == (expected.status_code, expected.text)


def test_every_endpoint_of_the_server_is_one_of_the_function(local: httpx.Client) -> None:
    assert set(local.get("/openapi.json").json()["paths"]) == set(ENDPOINTS)


def test_an_empty_bucket_is_told(packed: Path, sdk: Path, account: Account, tmp_path: Path) -> None:
    account.client("s3").create_bucket(Bucket="empty")
    with function(packed, sdk, account, tmp_path, "empty") as ask:
        for url in ("/v1/forecast?site_id=bergen", "/v1/sites", "/v1/scores", "/healthz"):
            answered = ask(url)
            assert answered["statusCode"] == 503
            assert "Nothing is published here yet" in answered["body"]


def test_a_bucket_that_cannot_be_read_is_told_without_names(
    packed: Path, sdk: Path, account: Account, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with function(packed, sdk, account, tmp_path, "missing-bucket") as ask:
        answered = ask("/v1/sites")
        assert answered["statusCode"] == 503
        assert json.loads(answered["body"])["reason"].startswith("The forecasts cannot be read at present.")
        assert "missing-bucket" not in answered["body"]
    assert "s3:GetObject on missing-bucket/v1/sites.json" in capfd.readouterr().err


def test_a_denied_permission_is_named_in_the_log_alone(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    documents = Documents(account, BUCKET)
    with Stubber(documents.client) as stubber:
        said = "User: arn:aws:sts::123456789012:assumed-role/api is not authorized to perform: s3:GetObject"
        stubber.add_client_error("get_object", "AccessDenied", said, 403)
        answered = respond(Api(Published(documents.find)), event("/v1/sites"))
    assert (answered["statusCode"], "AccessDenied" in answered["body"]) == (503, False)
    assert "permission s3:GetObject is missing" in caplog.text
    assert f"{BUCKET}/v1/sites.json" in caplog.text


def test_a_fault_of_ours_is_told_as_one(caplog: pytest.LogCaptureFixture) -> None:
    answered = respond(Api(Published(lambda path: b"no JSON")), event("/v1/sites"))
    assert (answered["statusCode"], json.loads(answered["body"])["error"]) == (500, True)
    assert "JSONDecodeError" in caplog.text


def test_the_list_of_sites_is_read_again_after_a_while(filled: Settings) -> None:
    now, asked = 0.0, []
    objects = Objects(f"{filled.zones.refined}/public")

    def find(path: str) -> bytes | None:
        asked.append(path)
        return objects.find(path)

    source = Published(find, lambda: now)
    assert source.sites() == source.sites()
    assert asked == ["v1/sites.json"]
    now = KEPT_SECONDS + 1
    source.sites()
    assert asked == ["v1/sites.json"] * 2


NAMES = st.sampled_from(
    ("latitude", "longitude", "site_id", "daily", "quantiles", "temperature_unit", "precipitation_unit", "other")
)
VALUES = st.sampled_from(
    ("bergen", "bergen,amsterdam", "60.39", "5.32", "60.39,52.37", "5.32,4.9", "nan", "", ",", "all", "0.5", "inch")
) | st.text(max_size=5)


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.sampled_from(("/v1/forecast", "/v1/sites", "/v1/scores")))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_answer_any_request_alike(
    filled: Settings, local: httpx.Client, parameters: dict[str, str], path: str
) -> None:
    api = Api(Published(Objects(f"{filled.zones.refined}/public").find))
    request = local.build_request("GET", path, params=parameters)
    expected = local.send(request)
    answered = respond(api, {**event(path), "queryStringParameters": parameters or None})
    assert answered["statusCode"] == expected.status_code
    assert timeless(answered["body"]) == timeless(expected.text)


def test_the_package_is_small_and_the_same_each_time(packed: Path, tmp_path: Path) -> None:
    again = package(tmp_path)
    assert again.path.read_bytes() == packed.read_bytes()
    assert again.key == f"code/{hashlib.sha256(packed.read_bytes()).hexdigest()}/api.zip"
    assert packed.stat().st_size < 200_000
    names = zipfile.ZipFile(packed).namelist()
    assert "meteolake/lambda_function.py" in names
    assert not [name for name in names if name.startswith(("meteolake/lake", "meteolake/cli", "meteolake/serve/app"))]

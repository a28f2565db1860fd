"""A lake in a bucket, filled by the embedded engine: it is the lake that a disk would hold."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import UnauthorizedSSOTokenError
from moto.s3.responses import S3Response
from tests.aws import loopback
from tests.aws.cloud import Cloud
from tests.aws.runs import LAKE_BUCKET
from tests.conftest import NOW, Silent

from meteolake.aws import storage
from meteolake.aws.account import Account
from meteolake.aws.storage import reach
from meteolake.errors import CloudError, ConfigError, LakeError
from meteolake.lake import lease, query, tables
from meteolake.lake.inventory import remove_orphans
from meteolake.lake.maintenance import maintain
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Settings
from meteolake.tables import FORECAST_DAILY, WEATHER_DAILY, Table


def rows(zones: Zones, table: Table) -> list[dict[str, Any]]:
    """The table's rows in the order of their key, without the id of the run that made them."""
    names = [name for name in table.names if name not in ("run_id", "captured_at", "raw_object")]
    found = tables.dataset(zones, table).to_table(columns=names).sort_by([(name, "ascending") for name in table.key])
    return list(found.to_pylist())


def command(cloud: Cloud, folder: Path, *arguments: str) -> Any:
    """What a command answers in JSON, that knows the bucket by its configuration alone."""
    config = folder / "meteolake.toml"
    config.write_text(f'[lake]\npath = "s3://{LAKE_BUCKET}"\n[aws]\nendpoint_url = "{cloud.url}"\n')
    known = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ALLOW_HTTP")
    without = {name: value for name, value in os.environ.items() if name not in known}
    whole = [sys.executable, "-m", "meteolake", *arguments, "--json", "--config", str(config)]
    done = subprocess.run(whole, capture_output=True, text=True, timeout=60, env=without)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_lake_in_a_bucket_holds_what_a_lake_on_disk_does(
    on_s3: Settings, local: Settings, cloud: Cloud, tmp_path: Path
) -> None:
    assert run(on_s3, Silent(), clock=lambda: NOW).problems == []
    for table in (WEATHER_DAILY, FORECAST_DAILY):
        assert rows(on_s3.zones, table) == rows(local.zones, table)
    again = run(on_s3, Silent(), clock=lambda: NOW)
    assert not again.has_changed
    counting = "select count(*) as forecasts from refined.forecast_daily"
    assert command(cloud, tmp_path, "sql", counting) == query.query(local.zones, counting).to_pylist()
    assert command(cloud, tmp_path, "status")
    kept = list(maintain(on_s3.zones, timedelta(days=7), timedelta(minutes=5)))
    assert {upkeep.table for upkeep in kept} >= {"raw.captures", "refined.forecast_daily"}
    assert remove_orphans(on_s3.zones) == 0
    assert any(path.endswith(".json") for path in Objects(on_s3.zones.refined).list("public"))


def test_a_bucket_is_asked_for_the_objects_from_one_on(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, listed = S3Response.list_objects_v2, list[Any]()

    def noted(response: S3Response) -> Any:
        listed.append(answer(response))
        return listed[-1]

    monkeypatch.setattr(S3Response, "list_objects_v2", noted)
    with loopback.running() as account:
        loopback.reachable(account, monkeypatch)
        account.client("s3").create_bucket(Bucket=LAKE_BUCKET)
        objects = Objects(f"s3://{LAKE_BUCKET}/raw")
        for path in ("a/1", "b/01", "b/1", "b/10", "b/2/0", "c/1"):
            objects.put(path, b"")
        assert list(objects.list("b", "b/10")) == ["b/10", "b/2/0"]
        assert "b/10" in str(listed)
        assert "b/01" not in str(listed)
        assert list(objects.list("b", "b/3")) == []


def test_a_bucket_lets_one_run_at_a_time_change_the_lake(on_s3: Settings) -> None:
    objects = Objects(on_s3.zones.raw)
    with (
        lease.hold(objects, "first"),
        pytest.raises(LakeError, match="Run first"),
        lease.hold(objects, "second", wait_seconds=0),
    ):
        pass
    assert lease.current(objects) is None


def test_a_bucket_that_is_not_there_is_named_before_anything_is_asked(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match=r"There is no bucket nobodys: correct \[lake\] path"):
        reach(cloud.account, "nobodys")


def test_a_bucket_in_another_region_is_named_with_its_region(cloud: Cloud) -> None:
    elsewhere = Account("eu-west-1", endpoint_url=cloud.url)
    with pytest.raises(ConfigError, match="bucket lake-bucket lies in us-east-1"):
        reach(elsewhere, LAKE_BUCKET)


def test_no_credentials_are_named_as_such(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CloudError, match="there are no AWS credentials"):
        reach(cloud.account, LAKE_BUCKET)


REFUSALS = {
    "NoSuchBucket": "There is no such bucket",
    "AccessDenied": "A permission is missing",
    "ExpiredToken": "credentials have expired",
    "InvalidAccessKeyId": "AWS does not know these credentials",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_the_bucket_refuses_says_what_to_do(code: str, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if code == "NoSuchBucket" else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(LakeError, match=REFUSALS[code]):
            Objects(f"s3://{LAKE_BUCKET}/raw").find("anything")
        server.shutdown()


@pytest.fixture
def refusing(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A bucket in which nothing is found, and the ids of the keys that it was asked with."""
    asked: list[str] = []

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"].split("Credential=")[1].split("/")[0])
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        yield asked
        server.shutdown()


def signed_in(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, *, times: int) -> Account:
    """An account by single sign-on, whose keys are renewed at each look, so many times."""
    keys = iter(range(times))

    def renew() -> dict[str, str]:
        if (number := next(keys, None)) is None:
            raise UnauthorizedSSOTokenError
        soon = datetime.now(UTC) + timedelta(minutes=5)
        key = {"access_key": f"key-{number}", "secret_key": f"secret-{number}", "token": "t"}
        return {**key, "expiry_time": soon.isoformat()}

    session = botocore.session.get_session()
    session._credentials = RefreshableCredentials.create_from_metadata(renew(), renew, "sso")
    account = Account(cloud.account.region, endpoint_url=cloud.url)
    monkeypatch.setitem(account.__dict__, "session", boto3.Session(botocore_session=session, region_name="us-east-1"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    return account


def test_credentials_that_end_are_renewed_within_a_run(
    cloud: Cloud, refusing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.hand_on(signed_in(cloud, monkeypatch, times=10))
    objects, zones = Objects(f"s3://{LAKE_BUCKET}/raw"), Zones.below(f"s3://{LAKE_BUCKET}")
    for _ in range(2):
        assert objects.find("anything") is None
        with contextlib.suppress(LakeError):
            tables.open_table(zones, FORECAST_DAILY)
    numbers = [int(key.removeprefix("key-")) for key in refusing]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 4


def test_a_sign_in_that_is_over_says_so(cloud: Cloud, refusing: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    storage.hand_on(signed_in(cloud, monkeypatch, times=3))
    objects = Objects(f"s3://{LAKE_BUCKET}/raw")
    with pytest.raises(CloudError, match=r"credentials have expired. Renew them \(`aws sso login`\) and run again"):
        _ = [objects.find("anything") for _ in range(4)]

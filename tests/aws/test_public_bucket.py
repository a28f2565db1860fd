"""The public documents in a bucket, as a web server or a content network sends them on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests.aws.loopback import reachable, running
from tests.publish.test_public_json import forecast, lake

from meteolake.aws.account import Account
from meteolake.lake.paths import Zones
from meteolake.pipeline.publishing import publish as publish_all
from meteolake.pipeline.settings import Settings
from meteolake.publish.public_json import publish

BUCKET = "public-of-meteolake"


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running() as started:
        yield started


@pytest.fixture
def s3(account: Account, monkeypatch: pytest.MonkeyPatch) -> Any:
    reachable(account, monkeypatch)
    client = account.client("s3")
    client.create_bucket(Bucket=BUCKET)
    for entry in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=entry["Key"])
    return client


def times(s3: Any) -> dict[str, Any]:
    return {entry["Key"]: entry["LastModified"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}


def test_documents_say_what_they_are_and_how_long_they_may_be_kept(s3: Any, zones: Zones) -> None:
    lake(zones, [forecast("a")])
    assert publish(zones, f"s3://{BUCKET}") == 4
    for key in ("v1/index.json", "v1/forecasts/a.json", "v1/schema/forecast.json"):
        found = s3.head_object(Bucket=BUCKET, Key=key)
        assert found["ContentType"] == "application/json; charset=utf-8"
        assert found["CacheControl"] == "public, max-age=300"


def test_only_what_changed_is_written_and_what_is_gone_is_removed(s3: Any, zones: Zones, tmp_path: Path) -> None:
    lake(zones, [forecast("a"), forecast("b"), forecast("c.d")])
    publish(zones, f"s3://{BUCKET}/weather")
    before = times(s3)
    assert publish(zones, f"s3://{BUCKET}/weather") == 0
    lake(zones, [forecast("a"), forecast("b", median=9.0)])
    assert publish(zones, f"s3://{BUCKET}/weather") == 3, "the index, the changed and the removed document"
    assert set(before) - set(times(s3)) == {"weather/v1/forecasts/c%2Ed.json"}
    assert not (tmp_path / "lake" / "refined" / "public").exists()


def test_a_run_publishes_what_a_copy_of_the_api_needs(s3: Any, filled: Settings) -> None:
    settings = Settings(filled.zones, filled.plan, None, None, public=f"s3://{BUCKET}")
    assert publish_all(settings).rows == {"public JSON documents": 12}
    assert publish_all(settings).rows == {}
    index = json.loads(s3.get_object(Bucket=BUCKET, Key="v1/index.json")["Body"].read())
    assert len(index["sites"]) == 6
    for entry in index["sites"]:
        key = f"v1/{unquote(entry['url'])}"
        assert json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())["site_id"] == entry["site_id"]
    for name in ("sites", "scores", "health"):
        assert s3.head_object(Bucket=BUCKET, Key=f"v1/{name}.json")["ContentLength"] > 50

"""Keys of the API: over HTTP, against a real lake."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from meteolake.errors import ConfigError, LakeError
from meteolake.lake.objects import Objects
from meteolake.pipeline.settings import Settings
from meteolake.serve.app import create_app
from meteolake.serve.guard import KEPT_SECONDS, Guard, OutOfScope, QuotaSpent, WithoutKey
from meteolake.serve.keys import SCOPES, Keys
from meteolake.simulate.server import running

NOON = 1_780_315_200.0  # 2026-06-01T12:00Z


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(Objects(str(tmp_path / "raw")))


@pytest.fixture
def client(filled: Settings, keys: Keys, clock: Clock) -> Iterator[httpx.Client]:
    with running(create_app(filled.zones, Guard(keys, clock))) as url, httpx.Client(base_url=url, timeout=30) as opened:
        yield opened


def refusal(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    content = answer.json()
    assert content["error"] is True
    return str(content["reason"])


def test_a_key_opens_the_api_as_header_and_as_parameter(client: httpx.Client, keys: Keys) -> None:
    key = keys.add("harbour-office")
    assert client.get("/v1/sites", headers={"X-API-Key": key}).status_code == 200
    assert client.get("/v1/forecast", params={"apikey": key, "site_id": "bergen"}).status_code == 200


def test_without_a_key_every_endpoint_is_closed(client: httpx.Client) -> None:
    for path in client.get("/openapi.json").json()["paths"]:
        if path.startswith("/v1/"):
            assert "X-API-Key" in refusal(client.get(path), 401)


def test_pages_description_and_health_are_open(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/openapi.json", "/healthz", "/pages/main.js"):
        assert client.get(path).status_code == 200


def test_the_description_tells_of_keys(client: httpx.Client) -> None:
    schemes = client.get("/openapi.json").json()["components"]["securitySchemes"].values()
    assert {(scheme["in"], scheme["name"]) for scheme in schemes} == {("header", "X-API-Key"), ("query", "apikey")}


def test_every_endpoint_has_its_scope(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {path.rpartition("/")[2] for path in paths if path.startswith("/v1/")} == set(SCOPES)


def test_a_wrong_key_is_refused(client: httpx.Client, keys: Keys) -> None:
    key = keys.add("harbour-office")
    for wrong in (key[:-1], f"{key}x", key.partition(".")[2], "harbour-office", "nobody.x", "../keys/a.x", "ü.x"):
        assert "not known" in refusal(client.get("/v1/sites", params={"apikey": wrong}), 401)


def test_a_key_reaches_as_far_as_its_scopes(client: httpx.Client, keys: Keys) -> None:
    key = keys.add("harbour-office", scopes=("sites", "forecast"))
    headers = {"X-API-Key": key}
    assert client.get("/v1/sites", headers=headers).status_code == 200
    assert "for sites, forecast, and not for scores" in refusal(client.get("/v1/scores", headers=headers), 403)


def test_requests_are_counted_by_day(client: httpx.Client, keys: Keys, clock: Clock) -> None:
    headers = {"X-API-Key": keys.add("harbour-office", requests_per_day=2)}
    other = {"X-API-Key": keys.add("lighthouse", requests_per_day=2)}
    assert [client.get("/v1/scores", headers=headers).status_code for _ in range(3)] == [200, 200, 429]
    assert "Daily API request limit exceeded" in refusal(client.get("/v1/scores", headers=headers), 429)
    assert client.get("/v1/scores", headers=other).status_code == 200
    clock.now += 86_400
    assert client.get("/v1/scores", headers=headers).status_code == 200


def test_a_refused_request_is_not_counted(keys: Keys, clock: Clock) -> None:
    guard, key = Guard(keys, clock), keys.add("a", scopes=("sites",), requests_per_day=1)
    with pytest.raises(OutOfScope):
        guard.check(key, "scores")
    guard.check(key, "sites")
    with pytest.raises(QuotaSpent):
        guard.check(key, "sites")


def test_a_revoked_key_is_refused_within_seconds(keys: Keys, clock: Clock) -> None:
    guard, key = Guard(keys, clock), keys.add("a")
    guard.check(key, "sites")
    keys.revoke("a")
    clock.now += KEPT_SECONDS
    with pytest.raises(WithoutKey, match="revoked"):
        guard.check(key, "sites")


def test_the_name_of_a_revoked_key_is_free_and_its_old_secret_useless(keys: Keys, clock: Clock) -> None:
    old = keys.add("a")
    with pytest.raises(ConfigError, match="already"):
        keys.add("a")
    keys.revoke("a")
    new, guard = keys.add("a"), Guard(keys, clock)
    guard.check(new, "sites")
    with pytest.raises(WithoutKey, match="not known"):
        guard.check(old, "sites")


def test_the_lake_does_not_hold_the_secret(keys: Keys, tmp_path: Path) -> None:
    first, second = keys.add("a"), keys.add("b")
    for key in (first, second):
        name, _, secret = key.partition(".")
        stored = (tmp_path / "raw" / "keys" / f"{name}.json").read_text()
        assert secret not in stored
        assert len(secret) >= 43
    assert [key.name for key in keys.list()] == ["a", "b"]


@pytest.mark.parametrize("name", ["", "A", "a/b", "../a", "a.b", "-a", "a" * 64, "a\n"])
def test_odd_names_are_refused(keys: Keys, name: str) -> None:
    with pytest.raises(ConfigError, match="is no name of a key"):
        keys.add(name)


def test_unknown_scopes_and_keys_are_told(keys: Keys) -> None:
    with pytest.raises(ConfigError, match="There is no scope 'forcast': choose among archive, forecast"):
        keys.add("a", scopes=("forcast",))
    with pytest.raises(LakeError, match="There is no key 'a'"):
        keys.revoke("a")


def test_keys_of_other_lakes_do_not_open_this_one(keys: Keys, tmp_path: Path, clock: Clock) -> None:
    elsewhere = Keys(Objects(str(tmp_path / "other"))).add("a")
    keys.add("a")
    with pytest.raises(WithoutKey):
        Guard(keys, clock).check(elsewhere, "sites")
    assert json.loads((tmp_path / "other" / "keys" / "a.json").read_text())["revoked_at"] is None

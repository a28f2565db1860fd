"""An AWS on loopback, by moto: what a test needs to reach it."""

import contextlib
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from meteolake.aws.account import Account

REGION = "us-east-1"


@contextlib.contextmanager
def running() -> Iterator[Account]:
    """A server of its own on a free port; its state ends with it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Account(REGION, endpoint_url=f"http://{host}:{port}")
    finally:
        server.stop()


def reachable(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK and the stores of this process reach the server."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": account.endpoint_url,
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)

"""A server in a thread: it answers, it stops, and it says when its port is taken."""

import socket
import threading

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from meteolake.errors import CannotListen
from meteolake.simulate.server import running, serve


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


def test_it_answers_while_the_block_runs_and_not_after() -> None:
    before = set(threading.enumerate())
    with running(hello) as url:
        assert httpx.get(url).text == "hello"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert set(threading.enumerate()) <= before


def test_a_taken_port_is_a_clear_error() -> None:
    with running(hello) as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(CannotListen, match=f"Cannot listen on 127.0.0.1:{port} .*: choose another port"):
            serve(hello, port=port)
        with pytest.raises(CannotListen, match="Cannot listen"), running(hello, port):
            pass
    with pytest.raises(CannotListen, match="0-65535"), running(hello, 70_000):
        pass


def test_a_url_beyond_64_kb_breaks_the_connection() -> None:
    with running(hello) as url:
        assert httpx.get(f"{url}/?{'a' * 40_000}").text == "hello"
        host, port = url.removeprefix("http://").split(":")
        # httpx itself refuses to ask for so long a URL.
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET /?" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n")
            assert is_broken_off(connection)


def is_broken_off(connection: socket.socket) -> bool:
    """Whether the other side closed or reset the connection without a word."""
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True

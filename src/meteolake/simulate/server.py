"""Runs an ASGI app on a port of this machine: in a thread, for tests and demos, or until it is stopped."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from meteolake.errors import SourceError
from meteolake.listening import listening

_START_SECONDS = 10.0
_LOCALHOST = "127.0.0.1"


@contextmanager
def running(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serve the app on this machine alone while the block runs; gives its base URL.

    Args:
        app: what to serve.
        port: 0 takes a free one.

    Raises:
        CannotListen: the port is taken.
    """
    with listening(_LOCALHOST, port) as (listener, url):
        server = _server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _await_start(server, thread)
            yield url
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


def serve(app: ASGIApp, port: int, on_listening: Callable[[str], None] = lambda url: None) -> None:
    """Serve the app on this machine alone until it is interrupted.

    Args:
        app: what to serve.
        port: 0 takes a free one.
        on_listening: is told the URL.

    Raises:
        CannotListen: the port is taken.
    """
    with listening(_LOCALHOST, port) as (listener, url), suppress(KeyboardInterrupt):
        on_listening(url)
        _server(app).run(sockets=[listener])


def _server(app: ASGIApp) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            _with_abort(app),
            http=_Protocol,
            loop="asyncio",
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            h11_max_incomplete_event_size=_Protocol.longest_head,
        )
    )


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise SourceError("The simulated server did not start.")
        time.sleep(0.01)


class _Protocol(H11Protocol):
    """HTTP whose connections an app can break off."""

    # The real service resets the connection when a URL is longer than this.
    longest_head = 64 * 1024
    open: dict[Any, asyncio.Transport] = {}  # noqa: RUF012 - shared by all connections on purpose

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection by the client's address."""
        super().connection_made(transport)
        self.open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self.open.pop(self.client, None)

    def send_400_response(self, msg: str) -> None:
        """Break off the connection: the head of the request is too long, or is no HTTP."""
        self.transport.abort()


def _with_abort(app: ASGIApp) -> ASGIApp:
    """The app, whose scope has `extensions["abort"]`: it breaks off the connection without an answer."""

    async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
        transport = _Protocol.open.get(scope.get("client"))
        extensions = {**scope.get("extensions", {}), **({"abort": transport.abort} if transport else {})}
        await app({**scope, "extensions": extensions}, receive, send)

    return with_abort

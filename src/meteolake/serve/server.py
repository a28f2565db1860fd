"""Runs the app on a port."""

import socket
from collections.abc import Callable
from contextlib import closing, suppress

import uvicorn

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.serve.app import create_app
from meteolake.serve.guard import Guard
from meteolake.serve.keys import Keys
from meteolake.tables import SITES


def serve(
    zones: Zones, host: str, port: int, on_listening: Callable[[str], None], *, requires_keys: bool = False
) -> None:
    """Serve the lake until it is interrupted.

    Args:
        zones: the lake.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        on_listening: is told the URL.
        requires_keys: whether the API asks for keys.

    Raises:
        LakeError: there is no lake, or the port is taken.
    """
    if not tables.exists(zones, SITES):
        raise LakeError(f"There is no lake at {zones.trusted}: fill it with `meteolake run`, or see `meteolake demo`.")
    with closing(_listening(host, port)) as listener, suppress(KeyboardInterrupt):
        on_listening(f"http://{host}:{listener.getsockname()[1]}")
        guard = Guard(Keys(Objects(zones.raw))) if requires_keys else None
        config = uvicorn.Config(create_app(zones, guard), log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # a named protocol lets asyncio send small answers at once
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise LakeError(f"Cannot listen on {host}:{port} ({error.strerror}): try another port with --port.") from error
    return listener

"""Runs the app on a port."""

from collections.abc import Callable
from contextlib import suppress

import uvicorn

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.listening import listening
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
        LakeError: there is no lake.
        CannotListen: the port is taken.
    """
    if not tables.exists(zones, SITES):
        raise LakeError(f"There is no lake at {zones.trusted}: fill it with `meteolake run`, or see `meteolake demo`.")
    with listening(host, port) as (listener, url), suppress(KeyboardInterrupt):
        on_listening(url)
        guard = Guard(Keys(Objects(zones.raw))) if requires_keys else None
        config = uvicorn.Config(create_app(zones, guard), log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])

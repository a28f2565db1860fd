"""Where a server listens: a port of this machine, which is known before anything is served."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

from meteolake.errors import CannotListen


@contextmanager
def listening(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A socket that listens, and the URL of what is served there; it is closed at the end of the block.

    Args:
        host: an address of this machine.
        port: 0 takes a free one.

    Raises:
        CannotListen: the port is taken, or the address is none of this machine.
    """
    with closing(socket.socket(proto=socket.IPPROTO_TCP)) as listener:  # a named protocol: small answers go at once
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CannotListen(f"Cannot listen on {host}:{port} ({reason}): choose another port.") from error
        yield listener, f"http://{host}:{listener.getsockname()[1]}"

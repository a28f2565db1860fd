"""The lease of a lake: one run at a time changes it.

A lease is a row of numbered objects, `lease/000007.json`; whoever creates the next number holds it. Creation is atomic
on local disks and on S3 alike, so two runs can never hold it together, and a run that died is succeeded when its time
is over (or at once, when its process is seen to be gone on the same machine).
"""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

from meteolake.errors import LakeError, MeteolakeError
from meteolake.lake.objects import Objects

_FOLDER = "lease"
SECONDS = 60.0


@dataclass(frozen=True)
class Holder:
    """Who holds the lease, and until when (seconds since the epoch) unless it is renewed."""

    run_id: str
    host: str
    process: int
    expires_at: float
    is_released: bool = False


@contextlib.contextmanager
def hold(
    objects: Objects,
    run_id: str,
    *,
    wait_seconds: float = SECONDS + 5,
    on_wait: Callable[[Holder], None] = lambda holder: None,
    seconds: float = SECONDS,
) -> Iterator[None]:
    """Hold the lake's lease for a block, renewing it in the background.

    Raises:
        LakeError: another run holds it and did not let go within `wait_seconds`.
    """
    path = _acquire(objects, run_id, wait_seconds, on_wait, seconds)
    stop = threading.Event()
    renewal = threading.Thread(target=_renew, args=(objects, path, run_id, seconds, stop), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        stop.set()
        renewal.join()
        objects.put(path, _document(replace(_me(run_id, seconds), is_released=True)))


def current(objects: Objects) -> Holder | None:
    """Who holds the lease now, if anybody."""
    number, holder = _newest(objects)
    return holder if number and holder is not None and not _is_over(holder) else None


def _acquire(
    objects: Objects, run_id: str, wait_seconds: float, on_wait: Callable[[Holder], None], seconds: float
) -> str:
    deadline = time.monotonic() + wait_seconds
    told = False
    while True:
        number, holder = _newest(objects)
        if holder is None or _is_over(holder):
            path = f"{_FOLDER}/{number + 1:06d}.json"
            if objects.create(path, _document(_me(run_id, seconds))):
                if _newest(objects)[0] == number + 1:
                    _forget_before(objects, number)
                    return path
                # While we looked away, others held that number and the next, and forgot it: it was free again.
                objects.delete(path)
            continue
        if time.monotonic() >= deadline:
            raise LakeError(
                f"Run {holder.run_id} on {holder.host} (process {holder.process}) is changing this lake. "
                "Let it finish, or stop it, and run again."
            )
        if not told:
            on_wait(holder)
            told = True
        time.sleep(min(0.5, wait_seconds))


def _renew(objects: Objects, path: str, run_id: str, seconds: float, stop: threading.Event) -> None:
    while not stop.wait(seconds / 3):
        with contextlib.suppress(MeteolakeError):  # the next renewal tries again; the lease outlives two failures
            objects.put(path, _document(_me(run_id, seconds)))


def _newest(objects: Objects) -> tuple[int, Holder | None]:
    paths = list(objects.list(_FOLDER))
    if not paths:
        return 0, None
    found = objects.find(paths[-1])
    number = int(paths[-1].rsplit("/", 1)[-1].removesuffix(".json"))
    return number, Holder(**json.loads(found)) if found else None


def _forget_before(objects: Objects, number: int) -> None:
    for path in objects.list(_FOLDER):
        if int(path.rsplit("/", 1)[-1].removesuffix(".json")) <= number:
            objects.delete(path)


def _is_over(holder: Holder) -> bool:
    return holder.is_released or holder.expires_at < time.time() or _is_dead(holder)


def _is_dead(holder: Holder) -> bool:
    if holder.host != socket.gethostname():
        return False
    try:
        os.kill(holder.process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _me(run_id: str, seconds: float) -> Holder:
    return Holder(run_id, socket.gethostname(), os.getpid(), time.time() + seconds)


def _document(holder: Holder) -> bytes:
    return json.dumps(asdict(holder)).encode()

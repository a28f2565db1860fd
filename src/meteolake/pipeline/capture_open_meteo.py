"""From Open-Meteo into the raw zone: the requests that are due, what they brought, and what they cost."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from meteolake.capture.events import CaptureCounts, Event, Paused, Waited
from meteolake.capture.exchange import utc_now
from meteolake.capture.fetch import fetch
from meteolake.capture.open_meteo import ARCHIVE, FORECAST, OpenMeteo
from meteolake.capture.packing import ArchiveRequest
from meteolake.errors import BudgetSpent, SourceError
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.payload_store import PayloadStore, known_payloads
from meteolake.pipeline.report import Stage

_BUDGET = "state/open_meteo_budget.json"
_NAMES = {ARCHIVE.source: "the archive", FORECAST.source: "the forecasts"}

Progress = Callable[[int, int], None]
"""Told how many payloads have come, and of how many."""


async def capture_open_meteo(
    zones: Zones,
    objects: Objects,
    run_id: str,
    requests: Sequence[ArchiveRequest],
    service: OpenMeteo,
    on_progress: Progress,
    *,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Stage:
    """Send the requests and store each payload as it comes; what came before an error or a wait is kept.

    What was spent of a budget is kept after each request, so that a run that is killed is counted, too.

    Args:
        zones: the lake.
        objects: its raw zone.
        run_id: names the objects.
        requests: what is due.
        service: the product to ask.
        on_progress: told how much has come.
        clock: tells the present instant in UTC.
        sleep: waits for so many seconds.

    Raises:
        SourceError: the archive cannot be reached or refuses; out of budget is a note in the stage, not an error.
    """
    started = time.monotonic()
    counts, budget = CaptureCounts(), service.budget(stored_budget(objects))
    store = PayloadStore(zones, objects, run_id, service, known_payloads(zones, service, requests))
    wanted = sum(len(request.windows) for request in requests)
    pauses: list[str] = []

    def note(event: Event) -> None:
        counts.add(event)
        if isinstance(event, Waited):
            store.flush()
        if service.is_free or isinstance(event, Waited | Paused):
            objects.put(_BUDGET, json.dumps(budget.to_dict()).encode())

    try:
        async for payload in fetch(requests, service, budget, clock=clock, sleep=sleep, on_event=note):
            store.add(payload)
            on_progress(store.payloads, wanted)
            if store.is_full:
                await asyncio.to_thread(store.flush)  # to compress takes a while, in which others may answer
        _refuse_silence(counts, store)
    except BudgetSpent as pause:
        pauses.append(" ".join([str(pause), *getattr(pause, "__notes__", [])]))
    except SourceError as error:
        if counts.requests:
            error.add_note(f"{counts.text}; {store.payloads} payloads are kept.")
        raise
    finally:
        store.flush()
    return _stage(service, time.monotonic() - started, counts, store, pauses)


def _refuse_silence(counts: CaptureCounts, store: PayloadStore) -> None:
    """Raise a SourceError where every site was refused."""
    if counts.refused and not store.payloads:
        first = counts.refused[0]
        raise SourceError(f"Open-Meteo answered for none of the sites; for {first.site_id}: {first.reason}.")


def _stage(
    service: OpenMeteo, seconds: float, counts: CaptureCounts, store: PayloadStore, pauses: Sequence[str]
) -> Stage:
    """What the capture did."""
    notes = [counts.text] if counts.requests else []
    if store.unchanged:
        notes.append(f"{store.unchanged} unchanged")
    problems = [f"{refused.site_id}: {refused.reason}" for refused in counts.refused]
    rows = {"raw.captures": store.payloads} if store.payloads else {}
    name = f"capture {_NAMES[service.product.source]}"
    return Stage(name, seconds, rows, [*notes, *pauses] or ["nothing is due"], problems, bool(pauses))


def stored_budget(objects: Objects) -> dict[str, Any]:
    """What was spent of the budget, as the last capture left it."""
    found = objects.find(_BUDGET)
    return json.loads(found) if found else {}

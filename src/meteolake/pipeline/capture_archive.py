"""From the archive into the raw zone: every payload goes into an object, then into the ledger."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from meteolake.capture.budget import DAY
from meteolake.capture.events import CaptureCounts
from meteolake.capture.exchange import utc_now
from meteolake.capture.fetch import Payload, fetch
from meteolake.capture.open_meteo import place
from meteolake.capture.packing import ArchiveRequest, pack
from meteolake.capture.plan import Captured, missing_windows, sweep_windows
from meteolake.errors import BudgetSpent, SourceError
from meteolake.lake import ledger
from meteolake.lake.ledger import Entry
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.lake.raw import Envelope, digest, json_line, json_object
from meteolake.pipeline.report import Stage
from meteolake.pipeline.settings import Archive
from meteolake.sites import Site

SOURCE = "open_meteo"
_BUDGET = "state/open_meteo_budget.json"
_PLACE = ("latitude", "longitude", "elevation", "timezone")
_OBJECT_PAYLOADS = 500
_OBJECT_CHARACTERS = 16_000_000

Progress = Callable[[int, int], None]
"""Told how many payloads have come, and of how many."""


def due_requests(zones: Zones, sites: Sequence[Site], archive: Archive, now: datetime) -> list[ArchiveRequest]:
    """The requests that bring what the ledger lacks, and those that read old history again within its share."""
    captured = _captured(zones, archive, sites)
    wanted = (sites, archive.variables, archive.first_date, captured, now)
    windows = [*missing_windows(*wanted), *sweep_windows(*wanted, weight=archive.sweep_share * DAY.weight)]
    return pack(windows, archive.variables, archive.service.limits)


async def capture_archive(
    zones: Zones,
    objects: Objects,
    run_id: str,
    requests: Sequence[ArchiveRequest],
    archive: Archive,
    on_progress: Progress,
    *,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Stage:
    """Send the requests and store each payload as it comes; what came before an error is kept.

    Args:
        zones: the lake.
        objects: its raw zone.
        run_id: names the objects.
        requests: what is due.
        archive: the service and the wanted history.
        on_progress: told how much has come.
        clock: tells the present instant in UTC.
        sleep: waits for so many seconds.

    Raises:
        SourceError: the archive cannot be reached or refuses; out of budget is a note in the stage, not an error.
    """
    started = time.monotonic()
    counts, budget = CaptureCounts(), archive.service.budget(stored_budget(objects))
    store = _Store(zones, objects, run_id, archive.service.model)
    wanted = sum(len(request.windows) for request in requests)
    notes = [] if requests else ["nothing is due"]
    try:
        async for payload in fetch(requests, archive.service, budget, clock=clock, sleep=sleep, on_event=counts.add):
            store.add(payload)
            on_progress(store.payloads, wanted)
    except BudgetSpent as pause:
        notes.append(str(pause))
    finally:
        store.flush()
        if counts.requests:
            objects.put(_BUDGET, json.dumps(budget.to_dict()).encode())
    if counts.refused and not store.payloads:
        first = counts.refused[0]
        raise SourceError(f"The archive answered for none of the sites; for {first.site_id}: {first.reason}.")
    if counts.requests:
        notes.insert(0, f"{counts.requests} requests, weight {counts.weight:.0f}, {counts.retries} retries")
    problems = [f"{refused.site_id}: {refused.reason}" for refused in counts.refused]
    rows = {"raw.captures": store.payloads} if store.payloads else {}
    return Stage("capture the archive", time.monotonic() - started, rows, notes, problems)


def _captured(zones: Zones, archive: Archive, sites: Sequence[Site]) -> list[Captured]:
    """What the ledger has of the model at the places where the sites are now."""
    places = {site.site_id: _place_text(place(site)) for site in sites}
    return [
        Captured(
            entry.site_id,
            frozenset(entry.variables.split(",")),
            entry.first_date,
            entry.last_date,
            entry.complete_until,
            entry.captured_at,
        )
        for entry in ledger.entries(zones, SOURCE)
        if entry.product == archive.service.model and entry.site_id and entry.first_date and entry.last_date
        if entry.place == places.get(entry.site_id)
    ]


def _place_text(request: Mapping[str, str]) -> str:
    """What of a request says where and in which days; a site that moves or whose standard time changes has another."""
    return ", ".join(f"{key} {request[key]}" for key in _PLACE if key in request)


def stored_budget(objects: Objects) -> dict[str, Any]:
    """What was spent of the budget, as the last capture left it."""
    found = objects.find(_BUDGET)
    return json.loads(found) if found else {}


@dataclass
class _Store:
    """Gathers payloads into objects of a good size; an object counts when its entries are in the ledger."""

    zones: Zones
    objects: Objects
    run_id: str
    model: str
    payloads: int = 0
    _waiting: list[Payload] = field(default_factory=list)
    _characters: int = 0
    _count: int = 0

    def add(self, payload: Payload) -> None:
        self.payloads += 1
        self._waiting.append(payload)
        self._characters += len(payload.body)
        if len(self._waiting) >= _OBJECT_PAYLOADS or self._characters >= _OBJECT_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        if not self._waiting:
            return
        self._count += 1
        path = f"{SOURCE}/{self.model}/{self.run_id}-{self._count:04d}.json.gz"
        lines = [self._line(payload, path) for payload in self._waiting]
        self.objects.create_new(path, json_object(lines))
        entries = [self._entry(payload, path, line) for payload, line in zip(self._waiting, lines, strict=True)]
        ledger.commit(self.zones, entries)
        self._waiting, self._characters = [], 0

    def _line(self, payload: Payload, path: str) -> str:
        envelope = Envelope(self.model, payload.captured_at, self.run_id, path)
        return json_line(envelope, payload.site_id, payload.request, payload.body)

    def _entry(self, payload: Payload, path: str, line: str) -> Entry:
        return Entry(
            source=SOURCE,
            product=self.model,
            site_id=payload.site_id,
            place=_place_text(payload.request),
            variables=",".join(sorted(payload.variables)),
            first_date=payload.first_date,
            last_date=payload.last_date,
            complete_until=payload.complete_until,
            cursor_from=None,
            cursor_to=None,
            rows=payload.rows,
            bytes=len(line.encode()),
            sha256=digest(payload.body.encode()),
            run_id=self.run_id,
            captured_at=payload.captured_at,
            raw_object=path,
        )

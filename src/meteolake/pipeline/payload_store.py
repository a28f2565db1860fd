"""Payloads on their way into the raw zone: gathered into objects, recognised when they come again unchanged."""

import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from meteolake.capture.fetch import Payload
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.capture.packing import ArchiveRequest
from meteolake.lake import ledger
from meteolake.lake.ledger import Entry
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.lake.raw import Envelope, digest, json_line, json_object
from meteolake.pipeline.due import place_text

_ABOUT_THE_ANSWER = re.compile(r'"(?:generationtime_ms|location_id)":[^,}]*,?')
_OBJECT_PAYLOADS = 500
_OBJECT_CHARACTERS = 16_000_000
_OBJECT_SECONDS = 30.0
"""A run that is killed loses no more than what came in this time."""


@dataclass(frozen=True)
class _Window:
    """What a payload was asked for; two payloads of one window may be the same."""

    site_id: str | None
    place: str | None
    variables: str
    first_date: date | None
    last_date: date | None


@dataclass(frozen=True)
class _Known:
    """The newest payload of a window: its digest and the object that holds it."""

    sha256: str
    raw_object: str


def known_payloads(zones: Zones, service: OpenMeteo, requests: Sequence[ArchiveRequest]) -> dict[_Window, _Known]:
    """The payloads of exactly the windows that are asked for again."""
    first_dates = {window.first_date for request in requests for window in request.windows}
    return {
        _Window(entry.site_id, entry.place, entry.variables, entry.first_date, entry.last_date): _Known(
            entry.sha256, entry.raw_object
        )
        for entry in ledger.entries(zones, service.product.source, first_dates=first_dates)
        if entry.product == service.model
    }


@dataclass
class PayloadStore:
    """Gathers payloads into objects of a good size; an object counts when its entries are in the ledger.

    A payload that its window gave before is not stored again; the ledger notes that it was read.
    """

    zones: Zones
    objects: Objects
    run_id: str
    service: OpenMeteo
    known: Mapping[_Window, _Known]
    payloads: int = 0
    unchanged: int = 0
    _waiting: list[Payload] = field(default_factory=list)
    _seen: list[Entry] = field(default_factory=list)
    _characters: int = 0
    _flushed_at: float = field(default_factory=time.monotonic)
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, payload: Payload) -> None:
        """Take a payload; it counts when it was flushed."""
        self.payloads += 1
        window = _Window(
            payload.site_id,
            place_text(payload.request),
            ",".join(sorted(payload.variables)),
            payload.first_date,
            payload.last_date,
        )
        before = self.known.get(window)
        if before and before.sha256 == _digest(payload):
            self.unchanged += 1
            self._seen.append(self._entry(payload, before.raw_object, stored_bytes=0))
            return
        self._waiting.append(payload)
        self._characters += len(payload.body)

    @property
    def is_full(self) -> bool:
        """Whether what waits makes an object of a good size, or has waited for long."""
        is_large = len(self._waiting) >= _OBJECT_PAYLOADS or self._characters >= _OBJECT_CHARACTERS
        return is_large or time.monotonic() - self._flushed_at >= _OBJECT_SECONDS

    def flush(self) -> None:
        """Store what waits; a second thread that wants the same waits and finds nothing left."""
        with self._lock:
            entries = [*self._seen, *(self._stored() if self._waiting else [])]
            if entries:
                ledger.commit(self.zones, entries)
            self._waiting, self._seen, self._characters = [], [], 0
            self._flushed_at = time.monotonic()

    def _stored(self) -> list[Entry]:
        """Write what waits into an object; its entries."""
        self._count += 1
        path = f"{self.service.product.source}/{self.service.model}/{self.run_id}-{self._count:04d}.json.gz"
        lines = [self._line(payload, path) for payload in self._waiting]
        self.objects.create_new(path, json_object(lines))
        return [
            self._entry(payload, path, stored_bytes=len(line.encode()))
            for payload, line in zip(self._waiting, lines, strict=True)
        ]

    def _line(self, payload: Payload, path: str) -> str:
        envelope = Envelope(self.service.model, payload.captured_at, self.run_id, path)
        return json_line(envelope, payload.site_id, payload.request, payload.body)

    def _entry(self, payload: Payload, path: str, stored_bytes: int) -> Entry:
        return Entry(
            source=self.service.product.source,
            product=self.service.model,
            site_id=payload.site_id,
            place=place_text(payload.request),
            variables=",".join(sorted(payload.variables)),
            first_date=payload.first_date,
            last_date=payload.last_date,
            complete_until=payload.complete_until,
            cursor_from=None,
            cursor_to=None,
            rows=payload.rows,
            bytes=stored_bytes,
            sha256=_digest(payload),
            run_id=self.run_id,
            captured_at=payload.captured_at,
            raw_object=path,
        )


def _digest(payload: Payload) -> str:
    """The digest of a payload without the time that its making took and its position in the answer."""
    return digest(_ABOUT_THE_ANSWER.sub("", payload.body).encode())

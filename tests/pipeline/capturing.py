"""Captures on a clock that only waiting moves, run after run until nothing is due."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from meteolake.capture.packing import ArchiveRequest, Limits, pack
from meteolake.errors import SourceError
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.capture_open_meteo import capture_open_meteo
from meteolake.pipeline.due import archive_requests
from meteolake.pipeline.report import Stage
from meteolake.pipeline.settings import Archive
from meteolake.sites import Site


class Moment:
    """A clock that only sleep moves, and sleep that takes no time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


def capture(zones: Zones, run_id: str, requests: Sequence[ArchiveRequest], archive: Archive, moment: Moment) -> Stage:
    """One run's capture of some requests."""
    doing = capture_open_meteo(
        zones,
        Objects(zones.raw),
        run_id,
        requests,
        archive.service,
        lambda *_: None,
        clock=moment.clock,
        sleep=moment.sleep,
    )
    return asyncio.run(doing)


def capture_all(zones: Zones, sites: Sequence[Site], archive: Archive, moment: Moment, *, weight: float) -> list[str]:
    """Run after run, of requests of a small weight, so that many faults are met; what the reports note."""
    now, notes = moment.now, list[str]()
    for number in range(60):
        due = [window for request in archive_requests(zones, sites, archive, now) for window in request.windows]
        if not due:
            return notes
        requests = pack(due, archive.variables, Limits(weight=weight))
        try:
            notes += capture(zones, f"run {number}", requests, archive, moment).notes
        except SourceError as error:
            notes += getattr(error, "__notes__", [])
    raise AssertionError("after 60 runs there are still days due")

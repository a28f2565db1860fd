"""Our capture: planned requests into raw objects and the ledger. Arguments: url, lake, sites, years, today."""

import asyncio
import json
import sys
import time
from datetime import UTC, date, datetime
from typing import Any

import httpcore  # noqa: F401 - httpx imports it at its first request, and imports are not counted

from benchmarks.capture.sites import FIRST_VARIABLES, sites
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.capture_open_meteo import capture_open_meteo
from meteolake.pipeline.due import archive_requests
from meteolake.pipeline.settings import Archive


def capture(url: str, lake: str, count: int, years: int, today: date) -> dict[str, Any]:
    zones = Zones.below(lake)
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    service = OpenMeteo(url=url, concurrency=8)
    archive = Archive(service, FIRST_VARIABLES, date(today.year - years, today.month, today.day))
    started = time.perf_counter()
    requests = archive_requests(zones, sites(count), archive, now)
    doing = capture_open_meteo(
        zones, Objects(zones.raw), f"run {today}", requests, service, lambda *_: None, clock=lambda: now
    )
    stage = asyncio.run(doing)
    return {"seconds": time.perf_counter() - started, "payloads": stage.rows.get("raw.captures", 0)}


if __name__ == "__main__":
    url, lake, count, years, today = sys.argv[1:]
    print(json.dumps(capture(url, lake, int(count), int(years), date.fromisoformat(today))))

"""A small archive that misbehaves as it is told, and a fetch from it on a clock that only sleep moves."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta

import httpx

from meteolake.capture.budget import Budget
from meteolake.capture.events import CaptureCounts
from meteolake.capture.fetch import Payload, fetch
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.capture.packing import ArchiveRequest, pack
from meteolake.capture.plan import Window
from meteolake.errors import MeteolakeError
from meteolake.sites import Site
from meteolake.variables import VARIABLES

NAMES = ("temperature_2m_max", "temperature_2m_min", "temperature_2m_mean", "precipitation_sum")
MINUTELY = "Minutely API request limit exceeded. Please try again in one minute."
HOURLY = "Hourly API request limit exceeded. Please try again in the next hour."
DAILY = "Daily API request limit exceeded. Please try again tomorrow."
Answer = Callable[[httpx.Request], httpx.Response]


class FakeTime:
    """A clock that only `sleep` moves."""

    def __init__(self, now: str = "2026-11-20T10:20:30+00:00") -> None:
        self.now = datetime.fromisoformat(now)
        self.slept: list[float] = []

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Archive:
    """A small archive: well-behaved answers, except where `faults` has one for the n-th request."""

    def __init__(self, faults: Iterable[httpx.Response | Exception | None] = (), broken: tuple[str, ...] = ()) -> None:
        self.faults = list(faults)
        self.broken = broken
        self.requests: list[dict[str, list[str]]] = []
        self.sent: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        query = httpx.QueryParams(request.content.decode()) if request.method == "POST" else request.url.params
        asked = {key: value.split(",") for key, value in query.items()}
        self.requests.append(asked)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        return fault or self.answer(asked)

    def answer(self, asked: dict[str, list[str]]) -> httpx.Response:
        if not set(self.broken).isdisjoint(asked["latitude"]):
            return refusal(400, "No data is available for this location")
        places = [location(asked, index) for index in range(len(asked["latitude"]))]
        return text(f"[{','.join(places)}]" if len(places) > 1 else places[0])


def location(asked: dict[str, list[str]], index: int) -> str:
    first, last = (date.fromisoformat(asked[key][index]) for key in ("start_date", "end_date"))
    days = [(first + timedelta(days=day)).isoformat() for day in range((last - first).days + 1)]
    offset = -int(asked["timezone"][index].removeprefix("Etc/GMT").removeprefix("GMT") or 0) * 3600
    values = ",".join(f'"{name}":[{",".join(["-0.0"] * len(days))}]' for name in asked["daily"])
    units = {"time": "iso8601"} | {name: VARIABLES[name].unit for name in asked["daily"]}
    location_id = f'"location_id":{index},' if index else ""
    return (
        f'{{"latitude":{asked["latitude"][index]},"longitude":1.250000,"utc_offset_seconds":{offset},{location_id}'
        f'"daily_units":{json.dumps(units, ensure_ascii=False)},"daily":{{"time":{json.dumps(days)},{values}}}}}'
    )


def text(body: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=body.encode(), headers={"content-type": "application/json; charset=utf-8"})


def refusal(status: int, reason: str) -> httpx.Response:
    return httpx.Response(status, json={"reason": reason, "error": True})


def windows(count: int, days: int = 14, **site: float) -> list[Window]:
    last = date(2026, 11, 19)
    return [
        Window(Site(f"s{n}", f"Site {n}", n * 0.01, 10.0, **site), last - timedelta(days=days - 1), last)  # type: ignore[arg-type]
        for n in range(count)
    ]


def requests(count: int, days: int = 14) -> list[ArchiveRequest]:
    return pack(windows(count, days), NAMES)


class Run:
    """What came out of a fetch: payloads, counts, and the error that ended it."""

    def __init__(self, archive: Answer, settings: OpenMeteo | None = None, budget: Budget | None = None) -> None:
        self.archive = archive
        self.settings = settings or OpenMeteo()
        self.budget = budget or self.settings.budget()
        self.time = FakeTime()
        self.counts = CaptureCounts()
        self.payloads: list[Payload] = []
        self.error: MeteolakeError | None = None

    def of(self, asked: Sequence[ArchiveRequest]) -> "Run":
        try:
            asyncio.run(self._collect(asked))
        except MeteolakeError as error:
            self.error = error
        return self

    async def _collect(self, asked: Sequence[ArchiveRequest]) -> None:
        transport = httpx.MockTransport(self.archive)
        stream = fetch(
            asked,
            self.settings,
            self.budget,
            transport=transport,
            clock=self.time.clock,
            sleep=self.time.sleep,
            on_event=self.counts.add,
        )
        async with aclosing(stream) as payloads:
            async for payload in payloads:
                self.payloads.append(payload)

    @property
    def sites(self) -> list[str]:
        return sorted(payload.site_id for payload in self.payloads)

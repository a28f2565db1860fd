"""An archive that costs nothing to ask but its latency: answers are made once for each range of days.

It speaks JSON and, for the official client, FlatBuffers. `/counts` tells requests and weight since the last time.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import flatbuffers
import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from meteolake.capture.weights import request_weight
from meteolake.simulate.server import serve
from meteolake.variables import VARIABLES


class Archive:
    """Answers every place with the same weather."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._requests, self._weight = 0, 0.0

    async def answer(self, request: Request) -> Response:
        """Daily values of each place and range that is asked for."""
        text = (await request.body()).decode() if request.method == "POST" else request.url.query
        asked: dict[str, list[str]] = {}
        for key, value in parse_qsl(text):
            asked.setdefault(key, []).extend(value.split(","))
        count = len(asked["latitude"])
        ranges = list(zip(_repeated(asked["start_date"], count), _repeated(asked["end_date"], count), strict=True))
        days = [(date.fromisoformat(last) - date.fromisoformat(first)).days + 1 for first, last in ranges]
        self._requests += 1
        self._weight += request_weight(len(asked["daily"]), days)
        await asyncio.sleep(self._latency)
        if asked.get("format") == ["flatbuffers"]:
            messages = [_message(first, last, tuple(asked["daily"])) for first, last in ranges]
            return Response(b"".join(messages), media_type="application/octet-stream")
        parts = [self._place(asked, number, *ranges[number]) for number in range(count)]
        return Response(parts[0] if count == 1 else f"[{','.join(parts)}]", media_type="application/json")

    def _place(self, asked: dict[str, list[str]], number: int, first: str, last: str) -> str:
        zone = _repeated(asked.get("timezone", ["GMT"]), number + 1)[number]
        head = {
            "latitude": float(asked["latitude"][number]),
            "longitude": float(asked["longitude"][number]),
            "generationtime_ms": 0.1,
            "utc_offset_seconds": -3600 * int(zone.removeprefix("Etc/GMT") or 0) if zone != "GMT" else 0,
            **({"location_id": number} if number else {}),
        }
        return f"{json.dumps(head)[:-1]},{_daily(first, last, tuple(asked['daily']))}}}"

    async def counts(self, request: Request) -> Response:
        """Requests and weight since the last call."""
        found = {"requests": self._requests, "weight": round(self._weight)}
        self._requests, self._weight = 0, 0.0
        return JSONResponse(found)


def _repeated(values: Sequence[str], count: int) -> Sequence[str]:
    return values if len(values) > 1 else [*values] * count


@cache
def _values(first: str, last: str, names: tuple[str, ...]) -> Any:
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    return np.random.default_rng(len(names)).uniform(0, 30, (len(names), days)).round(1).astype(np.float32)


@cache
def _daily(first: str, last: str, names: tuple[str, ...]) -> str:
    start = date.fromisoformat(first)
    values = _values(first, last, names)
    time = [(start + timedelta(days=day)).isoformat() for day in range(values.shape[1])]
    daily = {"time": time} | {name: [round(float(v), 1) for v in row] for name, row in zip(names, values, strict=True)}
    units = {"time": "iso8601"} | {name: VARIABLES[name].unit for name in names}
    return f'"daily_units":{json.dumps(units)},"daily":{json.dumps(daily, separators=(",", ":"))}'


@cache
def _message(first: str, last: str, names: tuple[str, ...]) -> bytes:
    """A WeatherApiResponse of the open-meteo SDK with its daily section, by the slots of its schema."""
    builder = flatbuffers.Builder(1024)
    offsets = []
    for row in _values(first, last, names):
        vector = builder.CreateNumpyVector(row)
        builder.StartObject(9)
        builder.PrependUOffsetTRelativeSlot(3, vector, 0)
        offsets.append(builder.EndObject())
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    variables = builder.EndVector()
    start, end = (int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) for day in (first, last))
    builder.StartObject(4)
    builder.PrependInt64Slot(0, start, 0)
    builder.PrependInt64Slot(1, end + 86_400, 0)
    builder.PrependInt32Slot(2, 86_400, 0)
    builder.PrependUOffsetTRelativeSlot(3, variables, 0)
    daily = builder.EndObject()
    builder.StartObject(14)
    builder.PrependFloat32Slot(0, 1.0, 0.0)
    builder.PrependUOffsetTRelativeSlot(10, daily, 0)
    builder.FinishSizePrefixed(builder.EndObject())
    return bytes(builder.Output())


if __name__ == "__main__":
    archive = Archive(float(sys.argv[2]))
    app = Starlette(
        routes=[Route("/v1/archive", archive.answer, methods=["GET", "POST"]), Route("/counts", archive.counts)]
    )
    serve(app, port=int(sys.argv[1]))

"""The free service's limits: weight per minute, hour and day of each client, and one request at a time.

Windows are fixed, not rolling; they are checked before a request and charged after it, so that the request that
crosses a limit still succeeds. Like the real service, a self-hosted one has no limits unless they are switched on.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from meteolake.simulate.decoding import Refusal
from meteolake.simulate.query import Query

MOST_LOCATIONS = 1000
TOO_MANY_REQUESTS = 429
REASONS = {
    "minute": "Minutely API request limit exceeded. Please try again in one minute.",
    "hour": "Hourly API request limit exceeded. Please try again in the next hour.",
    "day": "Daily API request limit exceeded. Please try again tomorrow.",
    "concurrent": "Too many concurrent requests",
}
_IN_FLIGHT = 5
_WINDOWS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def weight(query: Query) -> float:
    """A request's cost: the sum over its locations of max(1, v, v x days / 14) with v = variables / 10, in float32."""
    variables = np.float32(len(query.daily)) / np.float32(10)
    total = np.float32(0)
    for location in query.locations:
        total += max(np.float32(1), variables, variables * (np.float32(location.days) / np.float32(14)))
    return float(total)


@dataclass
class _Client:
    """What one client has used: its weight by window, and its requests that run or wait."""

    used: dict[tuple[str, int], float] = field(default_factory=dict)
    in_flight: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Limits:
    """Counts what each client uses and refuses what is too much.

    Args:
        clock: tells the instant; `hastened` makes one that runs faster.
        minute, hour, day: the weight that a client may use in each.
    """

    def __init__(
        self,
        clock: Callable[[], datetime] = _utc_now,
        *,
        minute: float = 600,
        hour: float = 5_000,
        day: float = 10_000,
    ) -> None:
        self._clock = clock
        self._allowed = {"minute": minute, "hour": hour, "day": day}
        self._clients: dict[str, _Client] = defaultdict(_Client)

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait until the client's earlier requests are done.

        Raises:
            Refusal: a limit is reached, or too many of the client's requests wait.
        """
        client = self._clients[address]
        for window, allowed in self._allowed.items():
            if client.used.get(self._key(window), 0.0) >= allowed:
                raise Refusal(REASONS[window], TOO_MANY_REQUESTS)
        if client.in_flight >= _IN_FLIGHT:
            raise Refusal(REASONS["concurrent"], TOO_MANY_REQUESTS)
        client.in_flight += 1
        try:
            async with client.turn:
                yield
        finally:
            client.in_flight -= 1

    def check(self, query: Query) -> None:
        """Refuse a request that costs more than an hour's limit by itself."""
        if weight(query) > self._allowed["hour"]:
            reason = "Your API call requests too much data. Please reduce the number of variables, locations and/or"
            raise Refusal(f"{reason} weather models.")

    def charge(self, address: str, amount: float) -> None:
        """Count what a client used in the present minute, hour and day, forgetting windows that have passed."""
        client = self._clients[address]
        keys = [self._key(window) for window in _WINDOWS]
        client.used = {key: client.used.get(key, 0.0) + amount for key in keys}

    def _key(self, window: str) -> tuple[str, int]:
        """The present window of a kind."""
        return window, (self._clock() - _EPOCH) // _WINDOWS[window]


def hastened(factor: float, clock: Callable[[], datetime] = _utc_now) -> Callable[[], datetime]:
    """A clock that starts now and runs so many times faster."""
    start = clock()
    return lambda: start + (clock() - start) * factor

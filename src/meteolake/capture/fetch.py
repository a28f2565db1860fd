"""Fetching: requests in, payloads out as they arrive; one bad site costs the others nothing."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime

import httpx

from meteolake.capture.answers import Answered, Unusable
from meteolake.capture.budget import Budget
from meteolake.capture.events import Event, SiteRefused
from meteolake.capture.exchange import Exchange, Refused, ShutOut, utc_now
from meteolake.capture.open_meteo import OpenMeteo, parameters
from meteolake.capture.packing import ArchiveRequest
from meteolake.capture.plan import Window
from meteolake.errors import BudgetSpent, SourceError, SourceUnavailable

# Failures in a row, without one good answer, after which not a site but the service or the configuration is at fault.
# A bad site among many fails at most twice in a row, since halves are tried in turn. Refusals are cheap, other failures
# cost their request's weight.
_PATIENCE = 3
_PATIENCE_WITH_REFUSALS = 12


@dataclass(frozen=True)
class Payload:
    """One location's answer as received.

    `body` is its exact text, `request` the parameters that ask for it alone, without the key; dates are inclusive and
    `complete_until` is the last day with data, if any; `rows` counts the days.
    """

    site_id: str
    request: dict[str, str]
    variables: frozenset[str]
    first_date: date
    last_date: date
    complete_until: date | None
    rows: int
    body: str
    captured_at: datetime


def _ignore(event: Event) -> None:
    """Take no notice."""


async def fetch(
    requests: Iterable[ArchiveRequest],
    settings: OpenMeteo,
    budget: Budget,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_event: Callable[[Event], None] = _ignore,
) -> AsyncGenerator[Payload, None]:
    """Send the requests and hand over each location's payload as it arrives.

    A request that is refused, or that fails again and again, is halved until the bad site stands alone; that site is
    told to `on_event` as `SiteRefused` and the others go on.

    Args:
        requests: what to ask, from `pack`.
        settings: the service.
        budget: what may be spent; it is updated as requests are answered.
        transport: replaces the network, for tests.
        clock: tells the present instant in UTC.
        sleep: waits for so many seconds.
        on_event: is told what happens, such as `CaptureCounts.add`.

    Raises:
        BudgetSpent: the rest must wait, its weight is told in a note; payloads handed over before are good.
        SourceUnavailable: the service cannot be reached or keeps failing.
        SourceError: the service refuses whatever is asked.
    """
    async with _client(settings, transport) as client:
        exchange = Exchange(settings, budget, client, clock, sleep, on_event)
        async with aclosing(_payloads(deque(requests), exchange)) as payloads:
            async for payload in payloads:
                yield payload


def _client(settings: OpenMeteo, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    timeout = httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds)
    return httpx.AsyncClient(transport=transport, headers=settings.headers, timeout=timeout)


async def _payloads(queue: deque[ArchiveRequest], exchange: Exchange) -> AsyncGenerator[Payload, None]:
    """The payloads of all requests, as many in flight as the service allows.

    After an error that ends the capture, requests in flight are awaited: their answers are paid for.
    """
    course = _Course(queue, exchange)
    running: dict[asyncio.Task[list[Answered | Unusable]], ArchiveRequest] = {}
    try:
        while running or course.goes_on:
            while course.goes_on and len(running) < exchange.settings.in_flight:
                request = course.next()
                running[asyncio.create_task(exchange.ask(request))] = request
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                for payload in course.settle(running.pop(task), task):
                    yield payload
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if isinstance(course.end, BudgetSpent):
        course.end.add_note(f"Weight {course.left:,.0f} is left to ask for.")
    if course.end:
        raise course.end


class _Course:
    """Decides after each answer what follows: payloads, halves of the request, or the end."""

    def __init__(self, queue: deque[ArchiveRequest], exchange: Exchange) -> None:
        self.end: BaseException | None = None
        self._queue = queue
        self._exchange = exchange
        self._failures = 0
        self._has_payloads = False

    @property
    def goes_on(self) -> bool:
        """Whether there is a request to send."""
        return bool(self._queue) and self.end is None

    @property
    def left(self) -> float:
        """The weight of what was not sent."""
        return sum(request.weight for request in self._queue)

    def next(self) -> ArchiveRequest:
        """The next request, or what the budget allows of it before a long wait."""
        room = self._exchange.budget.room(self._exchange.clock())
        request, rest = self._queue.popleft().within(room)
        if rest:
            self._queue.appendleft(rest)
        return request

    def settle(self, request: ArchiveRequest, task: "asyncio.Task[list[Answered | Unusable]]") -> list[Payload]:
        """The payloads of a finished request."""
        error = task.exception()
        if error is not None:
            self._fail(request, error)
            return []
        return self._accept(request, task.result())

    def _accept(self, request: ArchiveRequest, answers: list[Answered | Unusable]) -> list[Payload]:
        payloads = [self._payload(request, each) for each in answers if isinstance(each, Answered)]
        unusable = [each for each in answers if isinstance(each, Unusable)]
        for each in unusable:
            self._refuse(each.window, each.reason)
        self._has_payloads = self._has_payloads or bool(payloads)
        self._failures = 0 if payloads else self._failures + 1
        if self._failures >= (_PATIENCE_WITH_REFUSALS if self._has_payloads else _PATIENCE):
            reason = unusable[-1].reason
            self.end = self.end or SourceError(
                f"None of Open-Meteo's last {self._failures} answers is usable: {reason}."
            )
        return payloads

    def _fail(self, request: ArchiveRequest, error: BaseException) -> None:
        self._failures += 1
        patience = _PATIENCE_WITH_REFUSALS if isinstance(error, Refused) else _PATIENCE
        is_about_request = isinstance(error, Refused | SourceUnavailable) and not isinstance(error, ShutOut)
        if isinstance(error, BudgetSpent):
            self._queue.appendleft(request)
        if not is_about_request or self._failures >= patience:
            self.end = self.end or error
        elif halves := request.halves():
            self._queue.extend(halves)
        else:
            self._refuse(request.windows[0], str(error))

    def _refuse(self, window: Window, reason: str) -> None:
        self._exchange.on_event(SiteRefused(window.site.site_id, reason))

    def _payload(self, request: ArchiveRequest, answered: Answered) -> Payload:
        window = answered.window
        return Payload(
            site_id=window.site.site_id,
            request=parameters(ArchiveRequest((window,), request.variables), self._exchange.settings),
            variables=frozenset(request.variables),
            first_date=window.first_date,
            last_date=window.last_date,
            complete_until=answered.complete_until,
            rows=window.days,
            body=answered.body,
            captured_at=self._exchange.clock(),
        )

"""One request and its answer: what each status and text means, and the only place where anything is retried."""

import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from meteolake.capture.answers import Answered, Broken, Unusable, read_answers
from meteolake.capture.budget import DAY, HOUR, MINUTE, Budget, window_end
from meteolake.capture.events import Event, Failed, Paused, Requested, Waited
from meteolake.capture.open_meteo import OpenMeteo, parameters
from meteolake.capture.packing import ArchiveRequest
from meteolake.errors import BudgetSpent, SourceError, SourceUnavailable

_LONGEST_URL = 4_000
_FIRST_PAUSE_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 60.0
# Reasons that hold for the whole request, whichever locations are in it.
_REQUEST_WIDE = ("Cannot initialize", "API key", "Invalid date", "out of allowed range", "mutually exclusive")


class Refused(SourceError):
    """The service refused a request for what is in it; it stays within the capture, which looks for the bad site."""


class Interrupted(SourceUnavailable):
    """An attempt failed in passing; `cause` is its kind, for the run's report. It is known within the capture only."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


class ShutOut(Interrupted):
    """No connection came about or nobody is let in now, so other requests would fare no better."""


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@dataclass
class Exchange:
    """Sends requests within the budget and reads their answers."""

    settings: OpenMeteo
    budget: Budget
    client: httpx.AsyncClient
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    on_event: Callable[[Event], None]

    async def ask(self, request: ArchiveRequest) -> list[Answered | Unusable]:
        """The answers to a request, which is sent again while the service is unavailable.

        Raises:
            SourceUnavailable: it stayed unavailable over all attempts.
            BudgetSpent: the budget allows the request only after a long wait.
            Refused: the service does not want the request as it is.
            SourceError: the service refuses every such request.
        """
        for attempt in range(1, self.settings.attempts + 1):
            await self._await_budget(request.weight)
            try:
                return read_answers(await self._send(request), request)
            except (Broken, Interrupted) as error:
                is_retried = attempt < self._attempts(request, error)
                self.on_event(Failed(error.cause, is_retried))
                if not is_retried:
                    raise
            await self.sleep(_pause_seconds(attempt))
        raise SourceUnavailable("No attempt was allowed: set attempts to 1 or more.")

    def _attempts(self, request: ArchiveRequest, error: SourceUnavailable) -> int:
        """How often to try: a broken answer is paid for each time, so its request is rather halved soon."""
        is_paid = isinstance(error, Broken) and bool(request.halves())
        return min(self.settings.attempts, 2) if is_paid else self.settings.attempts

    async def _await_budget(self, weight: float) -> None:
        while wait := self.budget.wait(weight, self.clock()):
            seconds = (wait.until - self.clock()).total_seconds() + _jitter(0, 3)
            if seconds > self.settings.longest_wait_seconds and not self.settings.is_patient:
                self.on_event(Paused(wait.until, wait.reason))
                raise BudgetSpent(
                    f"The budget of {self.settings.host} is spent for now: {wait.reason}. What was captured is kept; "
                    f"run again after {wait.until:%Y-%m-%d %H:%M:%S} UTC to go on."
                )
            self.on_event(Waited(seconds, wait.reason))
            await self.sleep(seconds)

    async def _send(self, request: ArchiveRequest) -> str:
        """The text of a successful answer."""
        url = self.settings.base_url + self.settings.product.path
        query = httpx.QueryParams(parameters(request, self.settings))
        try:
            if len(url) + len(str(query)) < _LONGEST_URL:
                response = await self.client.get(url, params=query)
            else:
                response = await self.client.post(url, data=dict(query))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise ShutOut(
                f"Cannot connect to {self.settings.host} ({_words(error)}): check the network and Open-Meteo's url in "
                "the configuration, then run again.",
                "no connection",
            ) from error
        except httpx.RequestError as error:
            self._bill(0, request.weight)
            raise Interrupted(f"{self.settings.host} broke off the answer: {_words(error)}.", _cause(error)) from error
        self._bill(response.status_code, _billed(response.status_code, request.weight))
        return self._text(response)

    def _bill(self, status: int, weight: float) -> None:
        self.budget.spend(weight, self.clock())
        self.on_event(Requested(status, weight))

    def _text(self, response: httpx.Response) -> str:
        """The answer's text, or the error that its status means."""
        status, host = response.status_code, self.settings.host
        if status == httpx.codes.OK:
            return _decoded(response)
        reason = _reason(response).replace(self.settings.api_key or "\0", "***")
        if status == httpx.codes.TOO_MANY_REQUESTS:
            limit, allowed_at = self._limit(reason)
            self.budget.block(allowed_at, f"{host} says: {reason}")
            raise ShutOut(f"{host} answered {status}: {reason}", f"429 {limit}")
        if status == httpx.codes.SERVICE_UNAVAILABLE:
            raise ShutOut(f"{host} answered {status}: {reason}", str(status))
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
            raise Interrupted(f"{host} answered {status}: {reason}", str(status))
        is_about_content = status in (httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE)
        if is_about_content and not any(words in reason for words in _REQUEST_WIDE):
            raise Refused(f"{host} answered {status}: {reason}")
        raise SourceError(
            f"{host} refused the request with status {status}: {reason.rstrip('.')}. Correct the configuration."
        )

    def _limit(self, reason: str) -> tuple[str, datetime]:
        """Which limit a 429 is about and when it lets us go on; an unknown reason is taken for the hour's."""
        now = self.clock()
        if "concurrent" in reason:
            return "concurrent", now + timedelta(seconds=_jitter(10, 30))
        windows = {"Minutely": MINUTE, "Hourly": HOUR, "Daily": DAY}
        window = next((each for word, each in windows.items() if reason.startswith(word)), HOUR)
        return window.name, window_end(window, now) + timedelta(seconds=_jitter(0, 5))


def _billed(status: int, weight: float) -> float:
    """What the service counts for an answer; without a clear one, assume all of it."""
    if status in (404, 429, 503):
        return 0.0
    return 1.0 if 400 <= status < 500 else weight


def _decoded(response: httpx.Response) -> str:
    try:
        return response.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Broken(f"Open-Meteo's answer is no UTF-8 text: {error.reason}.") from error


def _reason(response: httpx.Response) -> str:
    """The service's own words; of a proxy's page only what the status means."""
    try:
        reason = json.loads(response.content)["reason"]
    except (ValueError, KeyError, TypeError):
        reason = response.reason_phrase if response.text.lstrip().startswith("<") else response.text
    return " ".join(str(reason).split())[:300] or "no reason given"


def _cause(error: httpx.RequestError) -> str:
    """The kind of a failure on the way, for the run's report."""
    if isinstance(error, httpx.TimeoutException):
        return "time-out"
    return "broken answer" if isinstance(error, httpx.DecodingError) else "broken connection"


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _pause_seconds(attempt: int) -> float:
    """Exponential back-off with jitter."""
    pause: float = min(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)
    return pause * _jitter(0.5, 1.5)


def _jitter(least: float, most: float) -> float:
    return random.uniform(least, most)  # noqa: S311 - spreads load, guards nothing

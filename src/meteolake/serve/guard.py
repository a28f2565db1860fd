"""Lets requests pass that bring a key, as far as the key reaches."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from meteolake.errors import NotAllowed
from meteolake.serve.keys import Key, Keys

# A revoked key works for so long yet: keys are not read again for each request.
KEPT_SECONDS = 10.0


class WithoutKey(NotAllowed):
    """No key, an unknown one, or a revoked one."""


class OutOfScope(NotAllowed):
    """The key does not reach so far."""


class QuotaSpent(NotAllowed):
    """The key's requests of the day are used up."""


class Guard:
    """Checks keys and counts their requests by day in UTC; the count is this server's, and ends with it.

    Args:
        keys: the lake's.
        clock: tells the present instant in seconds since the epoch.
    """

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._clock = clock
        self._known: dict[str, tuple[Key, float]] = {}
        self._day = ""
        self._requests: dict[str, int] = {}
        self._counting = threading.Lock()

    def check(self, given: str | None, scope: str) -> None:
        """Let a request pass and count it.

        Raises:
            WithoutKey: there is no key, or it is of no use.
            OutOfScope: the key is for other endpoints.
            QuotaSpent: the key was used too often today.
        """
        if not given:
            raise WithoutKey("An API key is needed: send it as header X-API-Key or as parameter apikey.")
        name, _, secret = given.partition(".")
        key = self._find(name)
        if key is None or not key.is_of(secret):
            raise WithoutKey("The API key is not known here.")
        if key.revoked_at:
            raise WithoutKey(f"The API key {name} was revoked.")
        if key.scopes and scope not in key.scopes:
            raise OutOfScope(f"The API key {name} is for {', '.join(key.scopes)}, and not for {scope}.")
        if key.requests_per_day is not None and self._count(name) > key.requests_per_day:
            raise QuotaSpent("Daily API request limit exceeded. Please try again tomorrow.")

    def _find(self, name: str) -> Key | None:
        known, read_at = self._known.get(name, (None, 0.0))
        if known and self._clock() - read_at < KEPT_SECONDS:
            return known
        if found := self._keys.find(name):
            self._known[name] = found, self._clock()
        return found

    def _count(self, name: str) -> int:
        """How many requests there were today, this one included."""
        today = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        with self._counting:
            if today != self._day:
                self._day, self._requests = today, {}
            self._requests[name] = self._requests.get(name, 0) + 1
            return self._requests[name]

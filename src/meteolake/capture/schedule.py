"""How long requests would take within a budget, without sending any."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from meteolake.capture.budget import Budget
from meteolake.capture.packing import ArchiveRequest

_SECONDS_PER_REQUEST = 2.0
"""What an answer takes about, from what users of the service report."""


@dataclass
class Amount:
    """So many requests and their weight together."""

    requests: int = 0
    weight: float = 0.0

    def add(self, weight: float) -> None:
        """One more request."""
        self.requests += 1
        self.weight += weight


@dataclass(frozen=True)
class Schedule:
    """What a plan costs and when it would be done: how much in all, before the first long wait, and on this UTC day."""

    whole: Amount
    before_long_wait: Amount
    today: Amount
    done_at: datetime


def schedule(
    requests: Iterable[ArchiveRequest], budget: Budget, now: datetime, *, longest_wait_seconds: float, in_flight: int
) -> Schedule:
    """Play the requests through as they would be sent; the budget is spent by it, so give one of its own."""
    moment, is_before_long_wait = now, True
    whole, before_long_wait, today = Amount(), Amount(), Amount()
    queue = deque(requests)
    while queue:
        request, rest = queue.popleft().within(budget.room(moment))
        if rest:
            queue.appendleft(rest)
        while wait := budget.wait(request.weight, moment):
            is_before_long_wait &= (wait.until - moment).total_seconds() <= longest_wait_seconds
            moment = wait.until
        whole.add(request.weight)
        if is_before_long_wait:
            before_long_wait.add(request.weight)
        if moment.astimezone(UTC).date() == now.astimezone(UTC).date():
            today.add(request.weight)
        budget.spend(request.weight, moment)
        moment += timedelta(seconds=_SECONDS_PER_REQUEST / in_flight)
    return Schedule(whole, before_long_wait, today, moment)

"""How long requests would take within a budget, without sending any."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from meteolake.capture.budget import Budget
from meteolake.capture.packing import ArchiveRequest

_SECONDS_PER_REQUEST = 2.0
"""What an answer takes about, from what users of the service report."""


@dataclass(frozen=True)
class Schedule:
    """What a plan costs and when it would be done; `without_long_wait` requests fit before the first long wait."""

    requests: int
    weight: float
    done_at: datetime
    without_long_wait: int
    weight_without_long_wait: float


def schedule(
    requests: Sequence[ArchiveRequest], budget: Budget, now: datetime, *, longest_wait_seconds: float, in_flight: int
) -> Schedule:
    """Play the requests through; the budget is spent by it, so give one of its own."""
    moment, fitting, weight = now, 0, 0.0
    is_fitting = True
    for request in requests:
        while wait := budget.wait(request.weight, moment):
            is_fitting &= (wait.until - moment).total_seconds() <= longest_wait_seconds
            moment = wait.until
        budget.spend(request.weight, moment)
        moment += timedelta(seconds=_SECONDS_PER_REQUEST / in_flight)
        fitting += is_fitting
        weight += request.weight if is_fitting else 0.0
    return Schedule(len(requests), sum(request.weight for request in requests), moment, fitting, weight)

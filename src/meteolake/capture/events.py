"""What happened during a capture, told as it happens, and its counts for the run's report."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Requested:
    """A request was answered: HTTP status (0 for none) and the weight it was billed."""

    status: int
    weight: float


@dataclass(frozen=True)
class Failed:
    """An attempt at a request failed in passing: the kind of failure, such as `429`, and whether it is tried again."""

    cause: str
    is_retried: bool


@dataclass(frozen=True)
class Waited:
    """The capture waits before it goes on."""

    seconds: float
    reason: str


@dataclass(frozen=True)
class SiteRefused:
    """A site's window was refused or answered with nonsense; the other sites went on."""

    site_id: str
    reason: str


@dataclass(frozen=True)
class Paused:
    """The budget is spent; the capture can go on at that instant."""

    resume_at: datetime
    reason: str


Event = Requested | Failed | Waited | SiteRefused | Paused


@dataclass
class CaptureCounts:
    """The sums of a capture; `add` can be passed as `on_event`."""

    requests: int = 0
    weight: float = 0.0
    retries: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    waits: int = 0
    waited_seconds: float = 0.0
    refused: list[SiteRefused] = field(default_factory=list)
    resume_at: datetime | None = None

    def add(self, event: Event) -> None:
        """Count an event."""
        match event:
            case Requested(weight=weight):
                self.requests += 1
                self.weight += weight
            case Failed(cause=cause, is_retried=is_retried):
                self.failures[cause] += 1
                self.retries += is_retried
            case Waited(seconds=seconds):
                self.waits += 1
                self.waited_seconds += seconds
            case SiteRefused():
                self.refused.append(event)
            case Paused(resume_at=resume_at):
                self.resume_at = resume_at

    @property
    def text(self) -> str:
        """The sums in a few words: 24 requests, weight 7,200, 3 retries (2 × 429, 1 × broken answer), 58 s waited."""
        causes = ", ".join(f"{count} × {cause}" for cause, count in sorted(self.failures.items()))
        return ", ".join(
            [
                f"{self.requests:,} requests",
                f"weight {self.weight:,.0f}",
                f"{self.retries:,} retries" + (f" ({causes})" if causes else ""),
                *([f"{self.waited_seconds:.0f} s waited"] if self.waits else []),
            ]
        )

"""The request budget: Open-Meteo's limits by minute, hour and UTC day, kept with a reserve.

Its counters stand in fixed windows, are checked before a request and raised after it. The server clears them some
seconds into a new window, so our windows begin `_LAG` later than the clock's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_LAG = timedelta(seconds=5)


@dataclass(frozen=True)
class Allowance:
    """A weight that may be spent in each fixed window of time."""

    name: str
    window: timedelta
    weight: float


MINUTE = Allowance("minute", timedelta(minutes=1), 600)
HOUR = Allowance("hour", timedelta(hours=1), 5_000)
DAY = Allowance("day", timedelta(days=1), 10_000)
FREE = (MINUTE, HOUR, DAY)


@dataclass(frozen=True)
class Wait:
    """Until when nothing may be sent, and why."""

    until: datetime
    reason: str


class Budget:
    """What was spent in the present windows and how long a request must wait.

    Args:
        allowances: the limits; none for a server without limits.
        share: the part of each limit that may be used; the rest is a reserve for others behind the same address.
    """

    def __init__(self, allowances: Sequence[Allowance] = FREE, share: float = 0.8) -> None:
        self._limits = {each.name: each for each in allowances}
        self._share = share
        self._spent: dict[str, tuple[datetime, float]] = {}
        self._blocked: Wait | None = None

    def wait(self, weight: float, now: datetime) -> Wait | None:
        """The wait before `weight` may be spent, or None. A weight above a whole limit needs a fresh window."""
        waits = [
            Wait(window_end(each, now), f"{spent:.0f} of this {each.name}'s {each.weight * self._share:.0f} are spent")
            for each in self._limits.values()
            if (spent := self._spent_now(each, now)) and spent + weight > each.weight * self._share
        ]
        if self._blocked and self._blocked.until > now:
            waits.append(self._blocked)
        return max(waits, key=lambda wait: wait.until, default=None)

    def spend(self, weight: float, now: datetime) -> None:
        """Count a request that the server has billed."""
        for each in self._limits.values():
            self._spent[each.name] = (window_end(each, now), self._spent_now(each, now) + weight)

    def block(self, until: datetime, reason: str) -> None:
        """Send nothing until an instant, because the server said so."""
        if self._blocked is None or until > self._blocked.until:
            self._blocked = Wait(until, reason)

    def room(self, now: datetime) -> float:
        """What may be spent before a long wait: the least that is left of the windows longer than a minute."""
        left = self.left(now)
        return min((left[name] for name in left if name != MINUTE.name), default=float("inf"))

    def left(self, now: datetime) -> dict[str, float]:
        """The weight that may still be spent in each present window."""
        return {
            each.name: max(0.0, each.weight * self._share - self._spent_now(each, now))
            for each in self._limits.values()
        }

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON values, for the next run."""
        spent = {name: {"until": until.isoformat(), "weight": weight} for name, (until, weight) in self._spent.items()}
        blocked = self._blocked and {"until": self._blocked.until.isoformat(), "reason": self._blocked.reason}
        return {"spent": spent, "blocked": blocked}

    @classmethod
    def from_dict(
        cls, state: Mapping[str, Any], allowances: Sequence[Allowance] = FREE, share: float = 0.8
    ) -> "Budget":
        """The budget as `to_dict` left it; an empty state is a fresh budget."""
        budget = cls(allowances, share)
        for name, entry in state.get("spent", {}).items():
            budget._spent[name] = (datetime.fromisoformat(entry["until"]), float(entry["weight"]))
        if blocked := state.get("blocked"):
            budget.block(datetime.fromisoformat(blocked["until"]), blocked["reason"])
        return budget

    def _spent_now(self, allowance: Allowance, now: datetime) -> float:
        until, weight = self._spent.get(allowance.name, (now, 0.0))
        return weight if until > now else 0.0


def window_end(allowance: Allowance, now: datetime) -> datetime:
    """When the present window of an allowance ends."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC) + _LAG
    return epoch + ((now - epoch) // allowance.window + 1) * allowance.window

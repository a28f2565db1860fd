from datetime import UTC, date, datetime, timedelta

import pytest

from meteolake.capture.budget import Budget
from meteolake.capture.packing import pack
from meteolake.capture.plan import Window
from meteolake.capture.schedule import Amount, Schedule, schedule
from meteolake.sites import Site
from meteolake.variables import VARIABLES

NOW = datetime(2026, 11, 2, 12, 0, 10, tzinfo=UTC)


def planned(sites: int, years: int, budget: Budget) -> Schedule:
    last = date(2025, 12, 31)
    windows = [Window(Site(str(number), "X", 50, 10), date(2026 - years, 1, 1), last) for number in range(sites)]
    return schedule(pack(windows, VARIABLES), budget, NOW, longest_wait_seconds=75, in_flight=1)


def test_nothing_to_do_is_done_at_once() -> None:
    assert planned(0, 1, Budget()) == Schedule(Amount(), Amount(), Amount(), NOW)


def test_a_minutes_budget_is_waited_for() -> None:
    """Ten sites and ten years weigh 2,609: six minutes of 480."""
    found = planned(10, 10, Budget())
    assert 2_600 < found.whole.weight < 2_620
    assert found.before_long_wait == found.whole
    assert timedelta(minutes=5) <= found.done_at - NOW <= timedelta(minutes=11)


def test_more_than_a_day_allows_goes_on_on_later_days() -> None:
    """A hundred sites and ten years weigh 26,090: 8,000 a day with the reserve."""
    found = planned(100, 10, Budget())
    assert timedelta(days=2) < found.done_at - NOW < timedelta(days=5)
    assert 3_800 < found.before_long_wait.weight <= 4_000
    assert 7_600 < found.today.weight <= 8_000
    assert found.whole.weight == pytest.approx(26_090, abs=20)


def test_without_limits_nothing_waits() -> None:
    found = planned(10, 10, Budget(allowances=()))
    assert found.before_long_wait == found.whole
    assert found.done_at - NOW == timedelta(seconds=2 * found.whole.requests)

from datetime import UTC, date, datetime, timedelta

from meteolake.capture.budget import Budget
from meteolake.capture.packing import pack
from meteolake.capture.plan import Window
from meteolake.capture.schedule import Schedule, schedule
from meteolake.sites import Site
from meteolake.variables import VARIABLES

NOW = datetime(2026, 11, 2, 12, 0, 10, tzinfo=UTC)


def planned(sites: int, years: int, budget: Budget) -> Schedule:
    last = date(2025, 12, 31)
    windows = [Window(Site(str(number), "X", 50, 10), date(2026 - years, 1, 1), last) for number in range(sites)]
    return schedule(pack(windows, VARIABLES), budget, NOW, longest_wait_seconds=75, in_flight=1)


def test_nothing_to_do_is_done_at_once() -> None:
    assert planned(0, 1, Budget()) == Schedule(0, 0.0, NOW, 0, 0.0)


def test_a_minutes_budget_is_waited_for() -> None:
    """Ten sites and ten years weigh 2,609: six minutes of 480."""
    found = planned(10, 10, Budget())
    assert 2_600 < found.weight < 2_620
    assert found.without_long_wait == found.requests
    assert timedelta(minutes=5) <= found.done_at - NOW <= timedelta(minutes=11)


def test_more_than_a_day_allows_goes_on_on_later_days() -> None:
    """A hundred sites and ten years weigh 26,090: 8,000 a day with the reserve."""
    found = planned(100, 10, Budget())
    assert timedelta(days=2) < found.done_at - NOW < timedelta(days=5)
    assert 3_000 < found.weight_without_long_wait <= 4_000


def test_without_limits_nothing_waits() -> None:
    found = planned(10, 10, Budget(allowances=()))
    assert found.without_long_wait == found.requests
    assert found.done_at - NOW == timedelta(seconds=2 * found.requests)

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.capture.budget import FREE, HOUR, Budget, window_end

NOW = datetime(2026, 11, 20, 10, 20, 30, tzinfo=UTC)


def test_a_fresh_budget_waits_for_nothing() -> None:
    assert Budget().wait(480, NOW) is None


def test_a_full_minute_waits_for_the_next_one_some_seconds_late() -> None:
    budget = Budget()
    budget.spend(400, NOW)
    wait = budget.wait(100, NOW)
    assert wait is not None
    assert wait.until == datetime(2026, 11, 20, 10, 21, 5, tzinfo=UTC)
    assert wait.reason == "400 of this minute's 480 are spent"
    assert budget.wait(80, NOW) is None
    assert budget.wait(480, wait.until) is None


def test_a_full_hour_waits_for_the_next_hour_and_a_full_day_for_midnight_in_utc() -> None:
    budget, now = Budget(), NOW
    waits: list[str] = []
    while len(waits) < 3:
        if (wait := budget.wait(500, now)) is None:
            budget.spend(500, now)
        else:
            if wait.until - now > timedelta(minutes=2):
                waits.append(f"{wait.until:%d %H:%M:%S}, {wait.reason}")
            now = wait.until
    assert waits == [
        "20 11:00:05, 4000 of this hour's 4000 are spent",
        "21 00:00:05, 8000 of this day's 8000 are spent",
        "21 01:00:05, 4000 of this hour's 4000 are spent",
    ]


def test_a_weight_above_a_whole_limit_needs_a_fresh_window() -> None:
    budget = Budget()
    assert budget.wait(700, NOW) is None
    budget.spend(1, NOW)
    assert budget.wait(700, NOW) is not None


def test_a_server_without_limits_never_waits_unless_it_says_so() -> None:
    budget = Budget(())
    budget.spend(1e9, NOW)
    assert budget.wait(1e9, NOW) is None
    budget.block(NOW + timedelta(minutes=1), "429")
    assert budget.wait(1, NOW) is not None
    assert budget.wait(1, NOW + timedelta(minutes=1)) is None


def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    budget = Budget()
    budget.block(NOW + timedelta(hours=2), "hour")
    budget.block(NOW + timedelta(minutes=1), "minute")
    wait = budget.wait(1, NOW)
    assert wait is not None
    assert wait.reason == "hour"


def test_a_budget_survives_being_stored() -> None:
    budget = Budget()
    budget.spend(300, NOW)
    budget.block(NOW + timedelta(seconds=3), "concurrent")
    restored = Budget.from_dict(json.loads(json.dumps(budget.to_dict())))
    assert restored.wait(1, NOW) == budget.wait(1, NOW)
    assert restored.left(NOW) == budget.left(NOW) == {"minute": 180, "hour": 3700, "day": 7700}
    assert Budget.from_dict({}).left(NOW) == {"minute": 480, "hour": 4000, "day": 8000}


def test_windows_end_after_the_server_has_surely_cleared_its_counters() -> None:
    assert window_end(HOUR, datetime(2026, 11, 20, 11, 0, 4, tzinfo=UTC)).hour == 11
    assert window_end(HOUR, datetime(2026, 11, 20, 11, 0, 5, tzinfo=UTC)).hour == 12


@pytest.mark.parametrize("share", [0.2, 0.8])
@given(weights=st.lists(st.floats(1, 100), max_size=300))
def test_no_window_of_the_clock_ever_spends_more_than_its_share(share: float, weights: list[float]) -> None:
    budget, now = Budget(share=share), NOW
    spent: dict[tuple[str, datetime], float] = {}
    for weight in weights:
        while wait := budget.wait(weight, now):
            assert wait.until > now
            now = wait.until
        budget.spend(weight, now)
        now += timedelta(seconds=0.7)
        for each in FREE:
            window = (each.name, window_end(each, now - timedelta(seconds=0.7)))
            spent[window] = spent.get(window, 0) + weight
    assert all(total <= {e.name: e.weight for e in FREE}[name] * share + 1e-6 for (name, _), total in spent.items())

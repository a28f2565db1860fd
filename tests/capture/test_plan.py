from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.capture.plan import (
    Captured,
    Window,
    asked_variables,
    forecast_windows,
    missing_windows,
    sweep_windows,
)
from meteolake.capture.weights import location_weight
from meteolake.sites import Site
from meteolake.variables import TEMPERATURE_MAX, TEMPERATURE_MEAN, VARIABLES

SITE = Site("berlin", "Berlin", 52.5, 13.4)
OTHER = Site("oslo", "Oslo", 59.9, 10.7)
NAMES = frozenset({TEMPERATURE_MAX, TEMPERATURE_MEAN, "precipitation_sum"})
NOW = datetime(2026, 11, 20, 10, 20, 30, tzinfo=UTC)
TODAY = NOW.date()
YESTERDAY = date(2026, 11, 19)
START = date(2020, 1, 1)
DELAY = timedelta(days=6)


def captured(
    first: date, last: date, until: date | None, at: datetime = NOW, site: Site = SITE, names: frozenset[str] = NAMES
) -> Captured:
    return Captured(site.site_id, names, first, last, until, at)


def capture(windows: list[Window], now: datetime, delay: timedelta = DELAY) -> list[Captured]:
    """What the ledger knows after these windows were captured from a source that is `delay` late."""
    newest = now.date() - delay
    return [
        captured(w.first_date, w.last_date, min(w.last_date, newest) if w.first_date <= newest else None, now, w.site)
        for w in windows
    ]


def due(
    ledger: list[Captured], first: date = START, now: datetime = NOW, names: frozenset[str] = NAMES
) -> list[Window]:
    return missing_windows([SITE], names, first, ledger, now)


def test_a_new_site_is_asked_for_its_whole_history() -> None:
    assert due([]) == [Window(SITE, START, YESTERDAY)]


def test_the_daily_mean_of_temperature_is_always_asked_for() -> None:
    assert asked_variables(["precipitation_sum", TEMPERATURE_MAX]) == (
        TEMPERATURE_MAX,
        TEMPERATURE_MEAN,
        "precipitation_sum",
    )
    assert asked_variables(["zeta", "alpha"]) == (TEMPERATURE_MEAN, "alpha", "zeta")
    assert asked_variables(reversed(VARIABLES)) == tuple(VARIABLES)


def test_nothing_is_due_right_after_a_capture() -> None:
    assert due(capture(due([]), NOW)) == []


def test_an_earlier_start_asks_for_the_days_before() -> None:
    ledger = capture(due([]), NOW)
    assert due(ledger, date(2015, 1, 1)) == [Window(SITE, date(2015, 1, 1), date(2019, 12, 31))]


def test_a_later_start_asks_for_nothing() -> None:
    assert due(capture(due([]), NOW), date(2022, 1, 1)) == []


def test_a_variable_that_captures_lack_asks_for_everything_again() -> None:
    ledger = capture(due([]), NOW)
    assert due(ledger, names=NAMES | {"cloud_cover_mean"}) == [Window(SITE, START, YESTERDAY)]


def test_fewer_variables_ask_for_nothing() -> None:
    assert due(capture(due([]), NOW), names=frozenset({TEMPERATURE_MAX})) == []


def test_the_tail_is_read_again_on_the_next_day() -> None:
    ledger = capture(due([]), NOW - timedelta(days=1))
    assert due(ledger) == [Window(SITE, date(2026, 11, 6), YESTERDAY)]


def test_the_tail_begins_earlier_where_the_data_end_earlier() -> None:
    ledger = [captured(START, YESTERDAY, date(2026, 10, 3), NOW - timedelta(days=1))]
    assert due(ledger) == [Window(SITE, date(2026, 10, 4), YESTERDAY)]


def test_a_tail_that_was_read_this_morning_is_not_due_but_that_of_last_night_is() -> None:
    history = captured(START, date(2026, 11, 18), date(2026, 11, 12), NOW - timedelta(days=1))
    morning = captured(date(2026, 11, 6), YESTERDAY, date(2026, 11, 13), datetime(2026, 11, 20, 0, 0, tzinfo=UTC))
    night = captured(
        date(2026, 11, 5), date(2026, 11, 18), date(2026, 11, 13), datetime(2026, 11, 19, 23, 59, tzinfo=UTC)
    )
    assert due([history, morning]) == []
    assert due([history, night]) == [Window(SITE, date(2026, 11, 6), YESTERDAY)]


def test_a_day_asked_in_another_zone_of_the_clock_still_counts_by_utc() -> None:
    at = datetime.fromisoformat("2026-11-20T11:00:00+12:00")  # 23:00 UTC on the day before
    assert due([captured(START, YESTERDAY, YESTERDAY, at)]) == [Window(SITE, date(2026, 11, 6), YESTERDAY)]


def test_a_hole_between_captures_is_asked_for() -> None:
    ledger = [
        captured(START, date(2021, 12, 31), date(2021, 12, 31)),
        captured(date(2023, 1, 1), YESTERDAY, date(2026, 11, 14)),
    ]
    assert due(ledger) == [Window(SITE, date(2022, 1, 1), date(2022, 12, 31))]


def test_nulls_at_the_end_of_an_old_capture_are_left_to_the_sweep() -> None:
    ledger = [
        captured(START, date(2021, 12, 31), date(2021, 12, 28)),
        captured(date(2022, 1, 1), YESTERDAY, date(2026, 11, 14)),
    ]
    assert due(ledger) == []


def test_a_site_without_any_data_is_asked_again_on_the_next_day() -> None:
    ledger = [captured(date(2026, 11, 1), YESTERDAY, None, NOW - timedelta(days=1))]
    assert due(ledger, date(2026, 11, 1)) == [Window(SITE, date(2026, 11, 1), YESTERDAY)]
    assert due(capture(due(ledger, date(2026, 11, 1)), NOW, timedelta(days=60)), date(2026, 11, 1)) == []


def test_a_start_in_the_future_asks_for_nothing() -> None:
    assert due([], TODAY) == []


def test_a_forecast_is_due_once_a_day() -> None:
    assert forecast_windows([SITE, OTHER], NAMES, [], NOW, 15) == [
        Window(site, TODAY, date(2026, 12, 5)) for site in (SITE, OTHER)
    ]
    known = [captured(TODAY, date(2026, 12, 5), None, NOW)]
    assert [window.site for window in forecast_windows([SITE, OTHER], NAMES, known, NOW, 15)] == [OTHER]
    assert forecast_windows([SITE], NAMES, known, NOW + timedelta(days=1), 15)[0].first_date == date(2026, 11, 21)


def test_before_the_next_update_nothing_is_asked_for_again_and_after_it_the_tail() -> None:
    ledger = capture(due([]), NOW - timedelta(days=1))
    stale = NOW - timedelta(days=1, hours=3)
    assert missing_windows([SITE], NAMES, START, ledger, NOW, updated_at=stale) == []
    assert missing_windows([SITE], NAMES, START, ledger, NOW, updated_at=NOW - timedelta(hours=1)) == due(ledger)
    today = [*ledger, *capture(due(ledger), NOW)]
    assert missing_windows(
        [SITE], NAMES, START, today, NOW + timedelta(hours=2), updated_at=NOW + timedelta(hours=1)
    ) == [Window(SITE, date(2026, 11, 6), YESTERDAY)]


def test_an_update_counts_when_the_servers_have_settled() -> None:
    ledger = capture(due([]), NOW - timedelta(hours=1))
    assert missing_windows([SITE], NAMES, START, ledger, NOW, updated_at=NOW - timedelta(minutes=5)) == []


def test_a_feed_of_updates_that_stands_still_is_not_trusted_for_ever() -> None:
    ledger = capture(due([]), NOW - timedelta(days=4))
    assert missing_windows([SITE], NAMES, START, ledger, NOW, updated_at=NOW - timedelta(days=30)) == due(ledger)


days = st.integers(0, 80).map(lambda n: date(2026, 9, 1) + timedelta(days=n))


@st.composite
def ledgers(draw: st.DrawFn) -> list[Captured]:
    entries = []
    for _ in range(draw(st.integers(0, 6))):
        first, last = sorted((draw(days), draw(days)))
        until = draw(st.sampled_from([None, first, last, last - (last - first) / 2]))
        at = NOW - timedelta(days=draw(st.sampled_from([0, 0, 1, 30])))
        names = draw(st.sampled_from([NAMES, NAMES, frozenset({TEMPERATURE_MAX})]))
        entries.append(captured(first, last, until, at, draw(st.sampled_from([SITE, OTHER])), names))
    return entries


def wanted_by_definition(ledger: list[Captured], site: Site, day: date, first: date) -> bool:
    """The planner's rule for one day, spelt out day by day."""
    covering = [each for each in ledger if each.site_id == site.site_id and each.variables >= NAMES]
    holding = [each for each in covering if each.first_date <= day <= each.last_date]
    known = max((each.complete_until for each in covering if each.complete_until), default=first - timedelta(days=1))
    is_tail = day >= min(known + timedelta(days=1), YESTERDAY - timedelta(days=13))
    return not holding or (is_tail and all(each.captured_at.date() < TODAY for each in holding))


@given(ledgers(), days)
def test_exactly_the_days_that_are_due_are_asked_for_once(ledger: list[Captured], first: date) -> None:
    windows = missing_windows([SITE, OTHER], NAMES, first, ledger, NOW)
    for site in (SITE, OTHER):
        asked = [w.first_date + timedelta(days=n) for w in windows if w.site == site for n in range(w.days)]
        span = [first + timedelta(days=n) for n in range((YESTERDAY - first).days + 1)]
        assert asked == [day for day in span if wanted_by_definition(ledger, site, day, first)]


@given(ledgers(), days, st.integers(0, 40))
def test_a_second_plan_after_the_capture_is_empty(ledger: list[Captured], first: date, late_days: int) -> None:
    windows = missing_windows([SITE, OTHER], NAMES, first, ledger, NOW)
    after = [*ledger, *capture(windows, NOW, timedelta(days=late_days))]
    assert missing_windows([SITE, OTHER], NAMES, first, after, NOW) == []


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(0, 30))
def test_however_runs_are_spaced_no_day_is_lost(gaps: list[int], late_days: int) -> None:
    delay, now, ledger = timedelta(days=late_days), NOW, capture(due([]), NOW, timedelta(days=late_days))
    filled = {first + timedelta(days=n) for first, n in _with_data(ledger)}
    for gap in gaps:
        now += timedelta(days=gap)
        ledger += capture(due(ledger, now=now), now, delay)
        filled = {first + timedelta(days=n) for first, n in _with_data(ledger)}
    newest = min(now.date() - delay, now.date() - timedelta(days=1))
    assert filled == {START + timedelta(days=n) for n in range((newest - START).days + 1)}


def _with_data(ledger: list[Captured]) -> list[tuple[date, int]]:
    return [
        (c.first_date, n) for c in ledger if c.complete_until for n in range((c.complete_until - c.first_date).days + 1)
    ]


def sweep(ledger: list[Captured], weight: float, now: datetime = NOW) -> list[Window]:
    return sweep_windows([SITE, OTHER], NAMES, START, ledger, now, weight=weight)


LAST_YEAR = NOW - timedelta(days=365)


def test_the_sweep_reads_the_history_that_was_read_longest_ago() -> None:
    ledger = [
        captured(START, date(2026, 10, 1), date(2026, 10, 1), LAST_YEAR),
        captured(date(2021, 1, 1), date(2021, 12, 31), date(2021, 12, 31), NOW - timedelta(days=100)),
        captured(START, date(2026, 10, 1), date(2026, 10, 1), LAST_YEAR - timedelta(days=1), OTHER),
    ]
    year = location_weight(3, 365)
    assert sweep(ledger, 1.1 * year) == [Window(OTHER, START, date(2020, 12, 31))]
    everything = sweep(ledger, 1000)
    assert [window.first_date.year for window in everything if window.site == SITE] == [*range(2020, 2027)]
    assert everything[6] == Window(SITE, date(2026, 1, 1), date(2026, 11, 5))
    assert sweep(ledger, 0) == []


def test_the_sweep_leaves_recently_read_history_and_the_tail_alone() -> None:
    ledger = [captured(START, YESTERDAY, YESTERDAY, NOW - timedelta(days=89))]
    assert sweep(ledger, 1000) == []


def test_a_year_read_in_daily_pieces_is_swept_whole() -> None:
    ledger = [
        captured(
            START + timedelta(days=n),
            START + timedelta(days=n + 13),
            START + timedelta(days=n + 8),
            LAST_YEAR + timedelta(days=n / 50),
        )
        for n in range(366)
    ]
    assert sweep(ledger, location_weight(3, 366)) == [Window(SITE, START, date(2020, 12, 31))]


@pytest.mark.parametrize("weight", [10, 30, 100])
def test_a_second_sweep_on_the_same_day_adds_nothing_and_the_next_day_goes_on(weight: float) -> None:
    ledger = capture(due([], now=LAST_YEAR), LAST_YEAR)
    first = sweep(ledger, weight)
    assert first
    assert sum(location_weight(3, window.days) for window in first) <= weight
    ledger += capture(first, NOW)
    assert sweep(ledger, weight) == []
    tomorrow = sweep(ledger, weight, NOW + timedelta(days=1))
    assert not {window.first_date for window in first} & {window.first_date for window in tomorrow}

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.capture.packing import ArchiveRequest, Limits, pack
from meteolake.capture.plan import Window
from meteolake.capture.weights import affordable_days, floor_days, location_weight, request_weight
from meteolake.errors import ConfigError
from meteolake.sites import Site
from meteolake.variables import VARIABLES

NAMES = tuple(VARIABLES)


def window(first: date, days: int, site_id: str = "a", elevation_m: float | None = None) -> Window:
    return Window(Site(site_id, "", 10, 20, elevation_m), first, first + timedelta(days=days - 1))


def spans(requests: list[ArchiveRequest]) -> list[tuple[str, str]]:
    return [(w.first_date.isoformat(), w.last_date.isoformat()) for request in requests for w in request.windows]


def test_a_long_history_is_cut_at_new_years_the_newest_first() -> None:
    requests = pack([Window(Site("a", "", 10, 20), date(1940, 1, 1), date(2026, 11, 19))], NAMES)
    assert spans(requests) == [
        ("2012-01-01", "2026-11-19"),
        ("1994-01-01", "2011-12-31"),
        ("1976-01-01", "1993-12-31"),
        ("1958-01-01", "1975-12-31"),
        ("1940-01-01", "1957-12-31"),
    ]


def test_where_no_year_fits_a_month_does() -> None:
    requests = pack([window(date(2020, 3, 10), 200)], NAMES, Limits(weight=10))
    assert spans(requests) == [("2020-07-01", "2020-09-25"), ("2020-03-10", "2020-06-30")]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2000, 12, 30), date(2020, 12, 24)),
        (date(2000, 12, 30), date(2020, 6, 1)),
        (date(2007, 6, 1), date(2026, 1, 5)),
        (date(2007, 1, 1), date(2026, 6, 7)),
    ],
    ids=["new year comes too soon", "and with room", "too late", "just above the most"],
)
def test_no_cut_leaves_a_piece_that_costs_more_than_its_days(first: date, last: date) -> None:
    history = Window(Site("a", "", 10, 20), first, last)
    for weight in (2.0, 26.0, 26.2, 242.5, 480.0):
        requests = pack([history], NAMES, Limits(1, weight))
        assert all(request.windows[0].days >= 14 for request in requests)
        assert len(requests) == -(-history.days // affordable_days(10, weight))


def test_the_tails_of_all_sites_share_a_request_that_goes_first() -> None:
    tails = [window(date(2026, 11, 6), 14, f"s{n}") for n in range(300)]
    requests = pack([window(date(1996, 1, 1), 10_000), *tails], NAMES)
    assert len(requests[0].windows) == 300
    assert requests[0].weight == 300


def test_a_thousand_sites_make_as_few_requests_as_their_weight_allows() -> None:
    tails = [window(date(2026, 11, 6), 14, f"s{n}") for n in range(1000)]
    assert [len(request.windows) for request in pack(tails, NAMES)] == [480, 480, 40]
    assert [len(request.windows) for request in pack(tails, NAMES, Limits(100, 480))] == [100] * 10


def test_small_windows_fill_what_large_ones_leave() -> None:
    large = [window(date(2026, 1, 1), 300, f"l{n}") for n in range(4)]  # 21.4 each
    small = [window(date(2025, 1, 1), 14, f"s{n}") for n in range(12)]  # 1 each
    assert len(pack([*large, *small], NAMES, Limits(weight=25))) == 4


def test_halves_are_the_whole_and_a_single_window_has_none() -> None:
    request = pack([window(date(2020, 1, 1), 14, f"s{n}") for n in range(5)], NAMES)[0]
    halves = request.halves()
    assert halves[0].windows + halves[1].windows == request.windows
    assert halves[0].halves()[0].halves() == []


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=6), st.integers(1, 15), st.floats(0, 900))
def test_a_request_is_cut_where_the_budget_ends(lengths: list[int], variables: int, weight: float) -> None:
    windows = tuple(window(date(1990, 5, 5), days, f"s{n}") for n, days in enumerate(lengths))
    request = ArchiveRequest(windows, tuple(f"v{n}" for n in range(variables)))
    parts = request.cut(weight)
    if parts is None:
        assert request.weight <= weight or weight < request_weight(
            variables, [min(lengths[0], 2 * floor_days(variables) + 2)]
        )
        return
    first, rest = parts
    assert first.weight <= weight
    assert first.weight + rest.weight == pytest.approx(request.weight, rel=1e-5)
    days = [
        (w.site.site_id, w.first_date + timedelta(days=n))
        for part in parts
        for w in part.windows
        for n in range(w.days)
    ]
    assert sorted(days) == sorted(
        (w.site.site_id, w.first_date + timedelta(days=n)) for w in windows for n in range(w.days)
    )


@pytest.mark.parametrize("limits", [Limits(locations=0), Limits(weight=1.5)])
def test_limits_that_allow_nothing_are_refused(limits: Limits) -> None:
    with pytest.raises(ConfigError, match="a weight of 2"):
        pack([], NAMES, limits)


@st.composite
def wishes(draw: st.DrawFn) -> list[Window]:
    sites = draw(st.lists(st.sampled_from([None, 5.0]), min_size=1, max_size=8))
    return [
        window(
            date(1990, 1, 1) + timedelta(days=draw(st.integers(0, 10_000))),
            draw(st.integers(1, 8_000)),
            f"s{n}",
            height,
        )
        for n, height in enumerate(sites)
    ]


@given(wishes(), st.integers(1, 20), st.integers(1, 12), st.floats(6, 600))
def test_packing_keeps_every_day_within_limits_at_the_least_weight(
    windows: list[Window], variables: int, locations: int, weight: float
) -> None:
    limits = Limits(locations, weight)
    requests = pack(windows, [f"v{n}" for n in range(variables - 1)], limits)
    assert all(request.weight <= weight and len(request.windows) <= locations for request in requests)
    asked = Counter(
        (w.site.site_id, w.first_date + timedelta(days=n)) for r in requests for w in r.windows for n in range(w.days)
    )
    wanted = Counter((w.site.site_id, w.first_date + timedelta(days=n)) for w in windows for n in range(w.days))
    assert asked == wanted
    least = sum(location_weight(variables, w.days) for w in windows)
    assert sum(request.weight for request in requests) == pytest.approx(least, rel=1e-5)
    for request in requests:
        assert len({w.site.elevation_m is None for w in request.windows}) == 1


@given(st.integers(2, 8_000), st.integers(1, 20), st.floats(6, 600))
def test_a_history_is_cut_into_as_few_pieces_as_possible(days: int, variables: int, weight: float) -> None:
    requests = pack([window(date(1990, 5, 5), days)], [f"v{n}" for n in range(variables - 1)], Limits(1, weight))
    about = int(weight * 140 / variables)
    most = max(n for n in (days, about, about - 1) if location_weight(variables, n) <= weight)
    fewest = -(-days // most)
    assert len(requests) <= fewest + 1
    if len(requests) > 1:
        assert all(request.windows[0].days >= floor_days(variables) for request in requests)

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from meteolake.capture.spans import Span, dates_of, merged, span_of, without

spans = st.tuples(st.integers(0, 30), st.integers(0, 30))


def days(many: list[Span]) -> set[int]:
    return {day for first, end in many for day in range(first, end)}


@given(st.lists(spans))
def test_merged_spans_hold_the_same_days_and_neither_overlap_nor_touch(many: list[Span]) -> None:
    result = merged(many)
    assert days(result) == days(many)
    assert all(end < first for (_, end), (first, _) in pairwise(result))


@given(spans, st.lists(spans))
def test_what_is_left_are_the_days_that_were_not_taken(span: Span, taken: list[Span]) -> None:
    left = without(span, merged(taken))
    assert days(left) == days([span]) - days(taken)
    assert left == merged(left)


def test_dates_become_spans_and_come_back() -> None:
    first, last = date(2024, 2, 28), date(2024, 3, 1)
    span = span_of(first, last)
    assert span[1] - span[0] == 3
    assert dates_of(span) == (first, last)

"""Arithmetic of day spans: half-open pairs of day ordinals, (first, end)."""

from collections.abc import Iterable
from datetime import date

Span = tuple[int, int]


def span_of(first_date: date, last_date: date) -> Span:
    """The span of an inclusive range of dates."""
    return first_date.toordinal(), last_date.toordinal() + 1


def dates_of(span: Span) -> tuple[date, date]:
    """The first and the last date of a span, both inclusive."""
    return date.fromordinal(span[0]), date.fromordinal(span[1] - 1)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same days as sorted spans that neither overlap nor touch."""
    result: list[Span] = []
    for first, end in sorted(span for span in spans if span[0] < span[1]):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((first, end))
    return result


def without(span: Span, taken: Iterable[Span]) -> list[Span]:
    """The days of a span that are in none of the taken ones, which are merged."""
    left: list[Span] = []
    first, end = span
    for taken_first, taken_end in taken:
        if taken_end <= first or taken_first >= end:
            continue
        if taken_first > first:
            left.append((first, taken_first))
        first = taken_end
    if first < end:
        left.append((first, end))
    return left

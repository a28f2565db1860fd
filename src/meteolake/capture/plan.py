"""What is due: pure functions from the ledger's knowledge to the windows that should be asked for.

A day that was ever asked for with all wanted variables is not asked again, except in two cases. The tail, the days that
may still change, is read again once per UTC day; it begins 14 days ago, or earlier where the data so far end earlier,
because days answered with nulls were not there yet. Where it is known when the archive was last updated, that instant
takes the place of the day's beginning: asking again before the next update brings nothing. And the sweep goes slowly
through older history, since the archive does repair and revise it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from meteolake.capture.spans import Span, dates_of, merged, span_of, without
from meteolake.capture.weights import location_weight
from meteolake.sites import Site
from meteolake.variables import TEMPERATURE_MEAN, VARIABLES

TAIL_DAYS = 14
SWEEP_AFTER = timedelta(days=90)
_SETTLING = timedelta(minutes=10)
"""After an update the archive's servers differ from each other for some minutes."""
_LONGEST_TRUST = timedelta(days=3)
"""A feed of updates may stand still while the data go on."""


@dataclass(frozen=True)
class Captured:
    """What the ledger knows of one payload: dates inclusive, `complete_until` the last day with data, if any."""

    site_id: str
    variables: frozenset[str]
    first_date: date
    last_date: date
    complete_until: date | None
    captured_at: datetime


@dataclass(frozen=True)
class Window:
    """A site and the days to ask for, both dates inclusive as Open-Meteo sees them."""

    site: Site
    first_date: date
    last_date: date

    @property
    def days(self) -> int:
        """How many days the window has."""
        return (self.last_date - self.first_date).days + 1

    def split(self, days: int) -> "tuple[Window, Window]":
        """The first days and the others."""
        middle = self.first_date + timedelta(days=days)
        return Window(self.site, self.first_date, middle - timedelta(days=1)), Window(self.site, middle, self.last_date)


def asked_variables(variables: Iterable[str]) -> tuple[str, ...]:
    """The variables of a request in the vocabulary's order, always with the daily mean of temperature.

    Highs and lows are given even for a day of which hours are missing; only a mean or sum is null then.
    """
    wanted = {*variables, TEMPERATURE_MEAN}
    return tuple(sorted(wanted, key=[*VARIABLES, *sorted(wanted - VARIABLES.keys())].index))


def missing_windows(
    sites: Sequence[Site],
    variables: Iterable[str],
    first_date: date,
    captured: Iterable[Captured],
    now: datetime,
    *,
    updated_at: datetime | None = None,
) -> list[Window]:
    """The windows up to yesterday that are due now, without overlaps; none right after they were captured.

    Args:
        sites: the places whose weather is wanted.
        variables: the daily variables; captures that lack one of them do not count.
        first_date: first day of the wanted history.
        captured: what the ledger holds of this product and model.
        now: the present instant; what a day is follows UTC.
        updated_at: when the archive was last updated, if that is known.
    """
    today = _utc_date(now)
    fresh_from = _fresh_from(now, updated_at)
    wanted = span_of(first_date, today - timedelta(days=1))
    captures = _covering(captured, asked_variables(variables))
    return _windows(sites, lambda site: _due(wanted, captures.get(site.site_id, []), fresh_from, updated_at))


def forecast_windows(
    sites: Sequence[Site], variables: Iterable[str], captured: Iterable[Captured], now: datetime, days_ahead: int
) -> list[Window]:
    """Today and the days ahead for each site whose forecast was not captured today.

    Args:
        sites: the places whose forecasts are wanted.
        variables: the daily variables; captures that lack one of them do not count.
        captured: what the ledger holds of this product and model.
        now: the present instant; what a day is follows UTC.
        days_ahead: last wanted day relative to today in UTC.
    """
    today = _utc_date(now)
    captures = _covering(captured, asked_variables(variables))
    known = {site_id for site_id, each in captures.items() if any(_utc_date(one.captured_at) == today for one in each)}
    return [Window(site, today, today + timedelta(days=days_ahead)) for site in sites if site.site_id not in known]


def sweep_windows(
    sites: Sequence[Site],
    variables: Iterable[str],
    first_date: date,
    captured: Iterable[Captured],
    now: datetime,
    *,
    weight: float,
    older_than: timedelta = SWEEP_AFTER,
) -> list[Window]:
    """Calendar years of history to read again, the longest unread first, as far as `weight` reaches.

    A year is due when one of its days was read last more than `older_than` ago. History that was already read today
    counts against `weight`, so a second plan on the same day adds nothing.
    """
    today = _utc_date(now)
    names = asked_variables(variables)
    history = (first_date.toordinal(), today.toordinal() - TAIL_DAYS)
    captures = _covering(captured, names)
    left = weight - _weight_today(captures, len(names), history, today)
    chosen: dict[str, list[Span]] = {}
    for read_at, site_id, year in _years_by_age(sites, captures, history):
        left -= location_weight(len(names), year[1] - year[0])
        if left < 0 or now - read_at < older_than:
            break
        chosen.setdefault(site_id, []).append(year)
    # Years stay apart, so that one that comes again unchanged is recognised.
    return _windows(sites, lambda site: sorted(chosen.get(site.site_id, [])))


def _utc_date(instant: datetime) -> date:
    return instant.astimezone(UTC).date()


def _covering(captured: Iterable[Captured], variables: Sequence[str]) -> dict[str, list[Captured]]:
    """Captures that hold all the variables, by site."""
    by_site: dict[str, list[Captured]] = {}
    for capture in captured:
        if capture.variables.issuperset(variables):
            by_site.setdefault(capture.site_id, []).append(capture)
    return by_site


def _windows(sites: Sequence[Site], spans: Callable[[Site], list[Span]]) -> list[Window]:
    return [Window(site, *dates_of(span)) for site in sites for span in spans(site)]


def _fresh_from(now: datetime, updated_at: datetime | None) -> datetime:
    """From when on a capture holds all that the archive has now."""
    if updated_at is None or updated_at + _SETTLING > now:
        return datetime.combine(_utc_date(now), time(), UTC)
    return max(updated_at + _SETTLING, now - _LONGEST_TRUST)


def _due(wanted: Span, captures: list[Captured], fresh_from: datetime, updated_at: datetime | None) -> list[Span]:
    """Wanted days never asked for, and days of the tail not asked for since there was something new."""
    first, end = wanted
    asked = [(span_of(each.first_date, each.last_date), each.captured_at >= fresh_from) for each in captures]
    known = max((each.complete_until.toordinal() + 1 for each in captures if each.complete_until), default=first)
    tail = (max(first, min(known, end - TAIL_DAYS)), end)
    fresh = merged(span for span, is_fresh in asked if is_fresh)
    if updated_at and any(span_end > tail[0] for _, span_end in fresh):
        fresh = merged([*fresh, tail])  # days that have come since cannot be there before the next update
    never_asked = without(wanted, merged([*(span for span, _ in asked), *fresh]))
    return merged([*never_asked, *without(tail, fresh)])


def _weight_today(captures: dict[str, list[Captured]], variables: int, history: Span, today: date) -> float:
    """The weight of today's captures that lie in the history."""
    return sum(
        location_weight(variables, (each.last_date - each.first_date).days + 1)
        for captures_of_site in captures.values()
        for each in captures_of_site
        if _utc_date(each.captured_at) == today and each.last_date.toordinal() < history[1]
    )


def _years_by_age(
    sites: Sequence[Site], captures: dict[str, list[Captured]], history: Span
) -> list[tuple[datetime, str, Span]]:
    """Each site's captured calendar years with the instant at which their longest unread day was read last."""
    ages = []
    for site in sites:
        for year, read_at in _read_at(captures.get(site.site_id, []), history).items():
            first, end = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
            ages.append((read_at, site.site_id, (max(first, history[0]), min(end, history[1]))))
    return sorted(ages)


def _read_at(captures: list[Captured], history: Span) -> dict[int, datetime]:
    """By calendar year, when the day that was not read for longest was read last."""
    first, end = history
    ordered = sorted(captures, key=lambda capture: capture.captured_at)
    newest = np.zeros(max(end - first, 0), np.int32)
    """For each day, the number of its newest capture in the order of time, from 1; 0 for none."""
    for number, each in enumerate(ordered, start=1):
        span = span_of(each.first_date, each.last_date)
        newest[max(span[0] - first, 0) : max(span[1] - first, 0)] = number
    years = {}
    for year in range(date.fromordinal(first).year, date.fromordinal(end).year + 1):
        bounds = (max(date(each, 1, 1).toordinal() - first, 0) for each in (year, year + 1))
        of_year = newest[slice(*bounds)]
        if of_year.any():
            years[year] = ordered[of_year[of_year > 0].min() - 1].captured_at
    return years

"""Windows into requests: least total weight first, then few requests, newest days first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from meteolake.capture.plan import Window, asked_variables
from meteolake.capture.weights import affordable_days, floor_days, location_weight, request_weight
from meteolake.errors import ConfigError


@dataclass(frozen=True)
class Limits:
    """What one request may hold."""

    locations: int = 1000
    weight: float = 480.0


@dataclass(frozen=True)
class ArchiveRequest:
    """Windows that are asked for together."""

    windows: tuple[Window, ...]
    variables: tuple[str, ...]

    @property
    def weight(self) -> float:
        """What the request costs."""
        return request_weight(len(self.variables), (window.days for window in self.windows))

    def halves(self) -> "list[ArchiveRequest]":
        """The request as two, to find what is wrong with it; none if it has one window only."""
        middle = len(self.windows) // 2
        parts = (self.windows[:middle], self.windows[middle:])
        return [ArchiveRequest(part, self.variables) for part in parts] if middle else []

    def within(self, room: float) -> "tuple[ArchiveRequest, ArchiveRequest | None]":
        """What to send where so much may be spent, and the rest; a request that cannot be cut is sent whole."""
        parts = self.cut(room) if self.weight > room else None
        return parts or (self, None)

    def cut(self, weight: float) -> "tuple[ArchiveRequest, ArchiveRequest] | None":
        """As much of the request as `weight` pays for, and the rest; None where no part is worth its price.

        Nothing costs more in two parts than in one: a window is cut in time only into pieces above the least price.
        """
        taken: list[Window] = []
        left = list(self.windows)
        while left and request_weight(len(self.variables), (each.days for each in [*taken, left[0]])) <= weight:
            taken.append(left.pop(0))
        if left:
            room = weight - request_weight(len(self.variables), (each.days for each in taken))
            days, least = affordable_days(len(self.variables), room), floor_days(len(self.variables)) + 1
            if least <= min(days, left[0].days - least):
                days = min(days, left[0].days - least)
                earlier, later = left[0].split(days)
                taken.append(earlier)
                left[0] = later
        if not taken or not left:
            return None
        return ArchiveRequest(tuple(taken), self.variables), ArchiveRequest(tuple(left), self.variables)


def pack(windows: Iterable[Window], variables: Iterable[str], limits: Limits | None = None) -> list[ArchiveRequest]:
    """Requests that ask for every window's days once, the newest days first.

    A window heavier than a request may be is cut in time, at years if possible, and never into pieces so short that
    they would cost more than their days. Sites with and without a known elevation do not share a request.

    Raises:
        ConfigError: a request may not even hold two of the cheapest windows.
    """
    limits = limits or Limits()
    names = asked_variables(variables)
    _check(limits, len(names))
    pieces = [piece for window in windows for piece in _pieces(window, len(names), limits.weight)]
    pieces.sort(key=lambda piece: piece.first_date, reverse=True)
    requests = [
        ArchiveRequest(tuple(load), names)
        for is_known in (True, False)
        for load in _loads([each for each in pieces if (each.site.elevation_m is not None) is is_known], names, limits)
    ]
    return sorted(requests, key=lambda request: request.windows[0].first_date, reverse=True)


def _check(limits: Limits, variables: int) -> None:
    if limits.locations < 1 or affordable_days(variables, limits.weight) < 2 * floor_days(variables):
        least = location_weight(variables, 2 * floor_days(variables))
        raise ConfigError(
            f"A request may hold {limits.locations} locations and a weight of {limits.weight:g}: "
            f"allow at least 1 location and, with {variables} variables, a weight of {least:.3g}."
        )


def _pieces(window: Window, variables: int, weight: float) -> list[Window]:
    """The window in as few pieces as fit `weight`, none below the price of a single day."""
    most, least = affordable_days(variables, weight), floor_days(variables)
    pieces = []
    first, left = window.first_date, window.days
    while left > most:
        count = -(-left // most)
        days = _boundary(first, max(least, left - (count - 1) * most), min(most, left - least))
        pieces.append(Window(window.site, first, first + timedelta(days=days - 1)))
        first, left = first + timedelta(days=days), left - days
    return [*pieces, Window(window.site, first, window.last_date)]


def _boundary(first: date, least: int, most: int) -> int:
    """Days from `first` to the cut, `least` to `most`: at a new year, else at a new month, else as late as may be."""
    latest = first + timedelta(days=most)
    for boundary in (latest.replace(month=1, day=1), latest.replace(day=1)):
        days = (boundary - first).days
        if days >= least:
            return days
    return most


def _loads(pieces: list[Window], names: tuple[str, ...], limits: Limits) -> list[list[Window]]:
    """First fit: each piece goes into the first load with room; the server's float32 sum decides."""
    loads: list[list[Window]] = []
    weights: list[np.float32] = []
    first_open = 0
    for piece in pieces:
        weight = np.float32(location_weight(len(names), piece.days))
        for index in range(first_open, len(loads)):
            if len(loads[index]) < limits.locations and weights[index] + weight <= limits.weight:
                loads[index].append(piece)
                weights[index] += weight
                break
        else:
            loads.append([piece])
            weights.append(weight)
        while first_open < len(loads) and _is_full(loads[first_open], weights[first_open], limits):
            first_open += 1
    return loads


def _is_full(load: list[Window], weight: np.float32, limits: Limits) -> bool:
    return len(load) >= limits.locations or float(weight) + 1 > limits.weight

"""The whole capture against a server that enforces the real limits, on a clock that only waiting moves."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.pipeline.capturing import Moment, capture

from meteolake.capture.budget import DAY, HOUR, MINUTE
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.capture.weights import location_weight
from meteolake.lake import ledger
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.capture_open_meteo import stored_budget
from meteolake.pipeline.due import archive_requests
from meteolake.pipeline.report import Stage
from meteolake.pipeline.settings import Archive
from meteolake.simulate.fields import Array
from meteolake.simulate.limits import Limits
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import Place
from meteolake.sites import Site
from meteolake.variables import VARIABLES

NOW = datetime(2026, 11, 2, 9, 59, 30, tzinfo=UTC)
SHARE = 0.8


class Calm:
    """A weather source that costs no time."""

    def place(self, latitude: float, longitude: float) -> Place:
        return Place(latitude, longitude, 0.0)

    def daily(self, places: Sequence[Place], first: date, last: date) -> Mapping[str, Array]:
        return {name: np.zeros((len(places), (last - first).days + 1)) for name in VARIABLES}


class Book(Limits):
    """The limits, with a record of what was used when."""

    def __init__(self, moment: Moment) -> None:
        super().__init__(moment.clock)
        self.charges: list[tuple[datetime, float]] = []
        self._moment = moment

    def charge(self, address: str, amount: float) -> None:
        super().charge(address, amount)
        self.charges.append((self._moment.now, amount))

    def used(self, style: str) -> Counter[str]:
        """The weight used in each minute, hour or day."""
        found: Counter[str] = Counter()
        for at, amount in self.charges:
            found[at.strftime(style)] += amount  # type: ignore[assignment]
        return found


@pytest.fixture(autouse=True)
def taken_for_the_free_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenMeteo, "_is_public", property(lambda self: True))


def captured(folder: Path, moment: Moment, book: Book, sites: Sequence[Site], years: int, *, is_patient: bool) -> Stage:
    with running(archive_app(Calm(), today=lambda: moment.now.date(), limits=book)) as url:
        service = OpenMeteo(url=url, is_patient=is_patient)
        archive = Archive(service, tuple(VARIABLES), date(2026 - years, 1, 1))
        zones = Zones.below(str(folder))
        requests = archive_requests(zones, sites, archive, moment.now)
        return capture(zones, f"run {moment.now:%d %H:%M}", requests, archive, moment)


class Witness(Moment):
    """Looks, whenever the capture waits, at what would be left of it if it were killed now."""

    def __init__(self, now: datetime, folder: Path) -> None:
        super().__init__(now)
        self.zones = Zones.below(str(folder))
        self.kept: list[tuple[datetime, int, float]] = []

    async def sleep(self, seconds: float) -> None:
        spent = stored_budget(Objects(self.zones.raw))["spent"]["hour"]["weight"]
        self.kept.append((self.now, len(list(ledger.entries(self.zones))), spent))
        await super().sleep(seconds)


def test_what_came_and_what_was_spent_is_kept_before_each_wait(tmp_path: Path) -> None:
    moment = Witness(NOW, tmp_path)
    book = Book(moment)
    captured(tmp_path, moment, book, places(4), 20, is_patient=True)
    payloads = [0, *(number for _, number, _ in moment.kept)]
    assert len(payloads) > 3
    assert payloads == sorted(set(payloads)), "each wait finds more in the ledger than the one before"
    for now, _, spent in moment.kept:
        this_hour = sum(amount for at, amount in book.charges if at <= now and f"{at:%H}" == f"{now:%H}")
        assert spent == pytest.approx(this_hour, rel=0.001)


def places(count: int) -> list[Site]:
    return [Site(f"s{number}", f"Site {number}", 0.5 * number, 10.0, 0.0) for number in range(count)]


@pytest.mark.parametrize(("sites", "years"), [(26, 20), (70, 7)])
def test_a_patient_capture_earns_no_429_and_leaves_little_of_the_budget(tmp_path: Path, sites: int, years: int) -> None:
    moment = Moment(NOW)
    book = Book(moment)
    stage = captured(tmp_path, moment, book, places(sites), years, is_patient=True)
    assert stage.rows["raw.captures"] >= sites
    assert "0 retries" in stage.notes[0]
    for allowance, style in ((MINUTE, "%d %H:%M"), (HOUR, "%d %H"), (DAY, "%d")):
        assert max(book.used(style).values()) <= allowance.weight * SHARE
    *full_days, _ = book.used("%d").values()
    assert full_days
    assert min(full_days) >= 0.95 * SHARE * DAY.weight


def test_a_capture_that_stops_tells_when_to_go_on_and_the_next_one_knows_what_was_spent(tmp_path: Path) -> None:
    moment = Moment(NOW)
    book = Book(moment)
    first = captured(tmp_path, moment, book, places(26), 20, is_patient=False)
    assert "What was captured is kept; run again after 2026-11-02 1" in first.notes[-1]
    spent = sum(amount for _, amount in book.charges)
    told = re.search(r"Weight ([\d,]+) is left", first.notes[-1])
    assert told
    whole = 26 * location_weight(len(VARIABLES), (NOW.date() - date(2006, 1, 1)).days)
    assert spent + float(told[1].replace(",", "")) == pytest.approx(whole, rel=0.001)
    assert spent >= 0.9 * SHARE * HOUR.weight
    again = captured(tmp_path, moment, book, places(26), 20, is_patient=False)
    assert again.rows == {}
    assert sum(amount for _, amount in book.charges) == spent
    last_hour = max(at for at, _ in book.charges).replace(minute=0, second=0)
    in_last_hour = sum(amount for at, amount in book.charges if at >= last_hour)
    stored = stored_budget(Objects(str(tmp_path / "raw")))["spent"]["hour"]["weight"]
    assert stored == pytest.approx(in_last_hour, rel=0.01)

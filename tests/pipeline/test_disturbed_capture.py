"""Captures from a service that misbehaves in any mix and enforces its limits, on a clock that only waiting moves."""

import asyncio
import gzip
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pipeline.capturing import Moment, capture, capture_all

from meteolake.capture.open_meteo import OpenMeteo
from meteolake.errors import SourceError
from meteolake.lake import ledger
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.due import archive_requests
from meteolake.pipeline.settings import Archive
from meteolake.simulate.faults import KINDS, Faults
from meteolake.simulate.fields import Array
from meteolake.simulate.limits import Limits as ServerLimits
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import Place
from meteolake.sites import Site
from meteolake.variables import VARIABLES

NOW = datetime(2026, 11, 2, 9, 58, 30, tzinfo=UTC)
FIRST, LAST = date(2024, 1, 1), date(2026, 11, 1)
SITES = [Site(f"s{number}", f"Site {number}", 2.0 * number, 10.0, 0.0) for number in range(8)]
# What each fault is called in a run's report; the others harm nobody.
CALLED = {
    "429-minute": "429 minute",
    "429-hour": "429 hour",
    "429-day": "429 day",
    "429-concurrent": "429 concurrent",
    **{status: status for status in ("500", "502", "503", "504")},
    **dict.fromkeys(("html", "empty", "error-in-body", "gzip-garbage"), "broken answer"),
    **dict.fromkeys(("wrong-length", "missing-variable", "duplicate-location"), "broken answer"),
    **dict.fromkeys(("cut-body", "reset"), "broken connection"),
    "slow-start": "time-out",
}


class Distinct:
    """Weather whose every value tells its place and its day."""

    def place(self, latitude: float, longitude: float) -> Place:
        return Place(latitude, longitude, 0.0)

    def daily(self, places: Sequence[Place], first: date, last: date) -> Mapping[str, Array]:
        days = np.arange(first.toordinal(), last.toordinal() + 1)
        return {name: np.stack([value(place.latitude, days) for place in places]) for name in VARIABLES}


def value(latitude: float, day: Any) -> Any:
    return latitude + day % 100 / 100


@pytest.fixture(autouse=True)
def taken_for_the_free_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenMeteo, "_is_public", property(lambda self: True))


def captured(folder: Path, faults: Faults) -> list[str]:
    """Run until nothing is due; what the reports of the runs note."""
    moment = Moment(NOW)
    limits = ServerLimits(moment.clock)
    with running(archive_app(Distinct(), today=NOW.date, limits=limits, faults=faults)) as url:
        archive = Archive(OpenMeteo(url=url, is_patient=True, read_seconds=4.0), tuple(VARIABLES), FIRST)
        return capture_all(Zones.below(str(folder)), SITES, archive, moment, weight=60)


def counted(notes: Sequence[str]) -> Counter[str]:
    """The failures that the notes tell of, by kind."""
    found: Counter[str] = Counter()
    for count, kind in re.findall(r"(\d+) × ([^,)]+)", " ".join(notes)):
        found[kind] += int(count)
    return found


def days(folder: Path) -> Iterator[tuple[str, str, Mapping[str, float | None]]]:
    """Site, date and values of every day of every payload that the ledger knows."""
    zones = Zones.below(str(folder))
    for path in {entry.raw_object for entry in ledger.entries(zones)}:
        for line in gzip.decompress(Objects(zones.raw).get(path)).splitlines():
            row = json.loads(line)
            daily = row["payload"]["daily"]
            for place, day in enumerate(daily["time"]):
                yield row["site_id"], day, {name: daily[name][place] for name in VARIABLES}


def assert_every_day_is_there_once(folder: Path) -> None:
    latitudes = {site.site_id: site.latitude for site in SITES}
    found = Counter((site_id, day) for site_id, day, _ in days(folder))
    span = [(FIRST + timedelta(days=number)).isoformat() for number in range((LAST - FIRST).days + 1)]
    assert found == Counter((site_id, day) for site_id in latitudes for day in span)
    last = NOW.date() - timedelta(days=5)
    for site_id, day, values in days(folder):
        here = date.fromisoformat(day)
        if here <= last:
            told = value(latitudes[site_id], here.toordinal())
            assert values["precipitation_sum"] == pytest.approx(told, abs=0.006), (site_id, day)
        else:
            assert set(values.values()) == {None}


async def hardly(seconds: float) -> None:
    """A slow answer, for a client in no hurry."""
    await asyncio.sleep(0.001)


@st.composite
def mixes(draw: st.DrawFn) -> dict[str, float]:
    """Rates by kind, of one kind or of many, that leave some requests in peace."""
    shares = draw(st.dictionaries(st.sampled_from(KINDS), st.floats(0.05, 1), min_size=1))
    disturbed = draw(st.floats(0.1, 0.6))
    return {kind: share * disturbed / sum(shares.values()) for kind, share in shares.items()}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rates=mixes(), seed=st.integers(0, 1000))
def test_after_any_mix_of_faults_every_day_is_there_once_and_the_reports_count_what_happened(
    rates: dict[str, float], seed: int
) -> None:
    faults = Faults(rates, seed, sleep=hardly)
    with tempfile.TemporaryDirectory() as folder:
        notes = captured(Path(folder), faults)
        assert_every_day_is_there_once(Path(folder))
    harmful = Counter(CALLED[kind] for kind in faults.log if kind in CALLED and kind != "slow-start")
    assert counted(notes) == harmful, "and no 429 was earned besides"


def test_where_no_site_is_answered_the_error_tells_what_was_met(tmp_path: Path) -> None:
    faults, moment, zones = Faults({"missing-variable": 1.0}, seed=1), Moment(NOW), Zones.below(str(tmp_path))
    with running(archive_app(Distinct(), today=NOW.date, faults=faults)) as url:
        archive = Archive(OpenMeteo(url=url, is_patient=True), tuple(VARIABLES), FIRST)
        requests = archive_requests(zones, SITES[:1], archive, NOW)
        with pytest.raises(SourceError, match="none of the sites") as caught:
            capture(zones, "run", requests, archive, moment)
    assert counted(caught.value.__notes__) == Counter({"broken answer": len(faults.log)})


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_fault_is_survived_and_counted(kind: str, tmp_path: Path) -> None:
    async def slowly(seconds: float) -> None:
        await asyncio.sleep(60 if kind == "slow-start" else 0)

    faults = Faults({kind: 0.1 if kind == "slow-start" else 0.25}, seed=3, sleep=slowly)
    notes = captured(tmp_path, faults)
    assert_every_day_is_there_once(tmp_path)
    assert faults.log
    assert counted(notes) == Counter({CALLED[kind]: len(faults.log)} if kind in CALLED else {})

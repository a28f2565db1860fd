"""A small lake of precipitation, built capture by capture."""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from meteolake.lake import ledger, raw, tables
from meteolake.lake.ledger import Entry
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline import building
from meteolake.pipeline.building import Plan
from meteolake.pipeline.report import Stage
from meteolake.tables import (
    MONTHLY_SUMMARY,
    QUARANTINE,
    WEATHER_DAILY,
    Table,
)
from meteolake.variables import PRECIPITATION

START = datetime(2026, 9, 1, tzinfo=UTC)


def capture(
    zones: Zones,
    number: int,
    first: date,
    values: Sequence[float],
    *,
    site_id: str = "a",
    variable: str = PRECIPITATION,
) -> None:
    """A capture of a variable, as the archive's would be stored."""
    captured_at = START + timedelta(days=number)
    days = [(first + timedelta(days=day)).isoformat() for day in range(len(values))]
    path = f"open_meteo/era5/{number:04d}.json.gz"
    envelope = raw.Envelope("era5", captured_at, f"run {number}", path)
    body = json.dumps({"daily": {"time": days, variable: list(values)}})
    Objects(zones.raw).put(path, raw.json_object([raw.json_line(envelope, site_id, {}, body)]))
    last = first + timedelta(days=len(values) - 1)
    ledger.commit(
        zones,
        [
            Entry(
                source="open_meteo",
                product="era5",
                site_id=site_id,
                place="here",
                variables=variable,
                first_date=first,
                last_date=last,
                complete_until=last,
                cursor_from=None,
                cursor_to=None,
                rows=len(values),
                bytes=len(body),
                sha256=raw.digest(body.encode()),
                run_id=envelope.run_id,
                captured_at=captured_at,
                raw_object=path,
            )
        ],
    )


def build(zones: Zones) -> list[Stage]:
    return list(building.build(zones, "test", Plan("sail", 512), lambda step, table: None))


def content(zones: Zones, table: Table) -> list[Mapping[str, object]]:
    rows: pa.Table = tables.dataset(zones, table).to_table().select(list(table.names))
    return sorted(rows.to_pylist(), key=lambda row: [str(row[name]) for name in table.key])


def versions(zones: Zones) -> dict[str, int | None]:
    return {table.name: tables.version(zones, table) for table in (WEATHER_DAILY, QUARANTINE, MONTHLY_SUMMARY)}


CAPTURES: tuple[tuple[date, list[float]], ...] = (
    (date(2019, 12, 20), [float(day) for day in range(30)]),
    (date(2020, 1, 10), [100.0, -1.0, 102.0]),
    (date(2020, 1, 12), [202.0] * 40),
)


def fill(zones: Zones, numbers: Iterable[int]) -> None:
    for number in numbers:
        capture(zones, number, *CAPTURES[number])


def rain(count: int, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [round(max(0.0, chance.gauss(0, 5)), 1) for _ in range(count)]

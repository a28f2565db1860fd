"""Runs from simulated sources, and what is left of them in the lake."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from tests.conftest import Silent

from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.report import Report
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Database, Settings
from meteolake.simulate.demo_sites import DEMO_SITES
from meteolake.tables import TABLES, Table

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FIRST = date(2026, 1, 1)
SITES = DEMO_SITES[:3]
_TICKS = count()


def at(settings: Settings, now: datetime = NOW) -> Report:
    """A run whose clock ticks a second whenever it is looked at."""
    return run(settings, Silent(), clock=lambda: now + timedelta(seconds=next(_TICKS)))


def database_of(settings: Settings) -> Database:
    assert settings.database is not None
    return settings.database


def with_url(settings: Settings, url: str) -> Settings:
    assert settings.archive is not None
    service = replace(settings.archive.service, url=url)
    return replace(settings, archive=replace(settings.archive, service=service))


def versions(zones: Zones) -> dict[str, int | None]:
    return {table.full_name: tables.version(zones, table) for table in TABLES}


def content(zones: Zones, table: Table) -> list[Mapping[str, object]]:
    """The rows without what differs between two lakes with the same data."""
    names = [name for name in table.names if name not in ("captured_at", "raw_object", "run_id", "sequence")]
    rows: list[Mapping[str, object]] = tables.dataset(zones, table).to_table().select(names).to_pylist()
    return sorted(rows, key=lambda row: str(list(row.values())))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

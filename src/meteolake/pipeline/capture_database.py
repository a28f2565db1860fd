"""From the relational database into the raw zone: the sites as a whole, observations as they change."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import pyarrow as pa

from meteolake.capture.connection import location
from meteolake.capture.database import ObservationBatch, ObservationsTable, read_observations
from meteolake.capture.deletions import find_deletions
from meteolake.capture.exchange import utc_now
from meteolake.lake import ledger, tables
from meteolake.lake.ledger import Entry
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.lake.raw import Envelope, digest, parquet_object
from meteolake.pipeline.report import Stage
from meteolake.sites import Site
from meteolake.tables import OBSERVATIONS_DAILY
from meteolake.variables import VARIABLES

SITES = "sites"
OBSERVATIONS = "observations"
_COMPARED = "state/observations_compared.json"
_SITE_SCHEMA = pa.schema(
    [
        ("site_id", pa.string()),
        ("name", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("elevation_m", pa.float64()),
        ("utc_offset_hours", pa.int32()),
    ]
)


def capture_sites(zones: Zones, objects: Objects, run_id: str, sites: Sequence[Site]) -> Stage:
    """Store the sites when they are not those of the newest capture."""
    started = time.monotonic()
    rows = sorted((asdict(site) for site in sites), key=lambda row: str(row["site_id"]))
    sha256 = digest(json.dumps(rows).encode())
    known = list(ledger.entries(zones, SITES))
    if known and known[-1].sha256 == sha256:
        return Stage("capture sites", time.monotonic() - started, notes=["unchanged"])
    envelope = Envelope(SITES, datetime.now(UTC), run_id, f"{SITES}/{run_id}.parquet")
    data = parquet_object(envelope, pa.Table.from_pylist(rows, schema=_SITE_SCHEMA))
    objects.create_new(envelope.raw_object, data)
    ledger.commit(zones, [_entry(envelope, SITES, len(rows), len(data), sha256)])
    return Stage(
        "capture sites", time.monotonic() - started, {"raw.captures": 1}, [f"{len(rows)} site{'s' * (len(rows) != 1)}"]
    )


def capture_observations(
    zones: Zones,
    objects: Objects,
    run_id: str,
    url: str,
    observations: ObservationsTable,
    on_rows: Callable[[int], None],
    *,
    clock: Callable[[], datetime] = utc_now,
) -> Stage:
    """Store the rows that changed since the newest capture; each batch counts once its ledger row is there.

    All rows are stored anew when they are read otherwise than before, such as in other units or from another table.

    Raises:
        SourceError: the database refuses or a mapped column is missing; batches stored before it are kept.
    """
    started = time.monotonic()
    known, reading = list(ledger.entries(zones, OBSERVATIONS)), _reading(url, observations)
    is_read_otherwise = bool(known) and known[-1].place not in (None, reading)
    after = known[-1].cursor_to if known and not is_read_otherwise else None
    captures = rows = 0
    for batch in read_observations(url, observations, after):
        captures += 1
        rows += batch.rows
        after = batch.cursor_to
        _store_batch(zones, objects, run_id, batch, captures, reading)
        on_rows(rows)
    changed = f"{rows:,} rows changed" if rows else "nothing has changed"
    notes = [f"{rows:,} rows: all, since they are read otherwise than before" if is_read_otherwise else changed]
    if _is_comparison_due(objects, observations, clock()):
        if gone := _deletions(zones, url, observations, after):
            captures += 1
            _store_batch(zones, objects, run_id, gone, captures, reading)
        objects.put(_COMPARED, json.dumps({"compared_at": clock().isoformat()}).encode())
        notes.append(f"all keys compared: {gone.rows if gone else 0:,} rows are gone")
    stored = {"raw.captures": captures} if captures else {}
    return Stage("capture observations", time.monotonic() - started, stored, notes)


def _reading(url: str, observations: ObservationsTable) -> str:
    """A digest of what is read and how it is understood."""
    read = {name: value for name, value in asdict(observations).items() if name not in ("overlap", "compare_keys")}
    return digest(json.dumps([location(url), read], sort_keys=True).encode())


def _is_comparison_due(objects: Objects, observations: ObservationsTable, now: datetime) -> bool:
    if observations.compare_keys is None:
        return False
    found = objects.find(_COMPARED)
    return found is None or now - datetime.fromisoformat(json.loads(found)["compared_at"]) >= observations.compare_keys


def _deletions(zones: Zones, url: str, observations: ObservationsTable, after: str | None) -> ObservationBatch | None:
    """What the trusted table has and the database has not. Rows not yet refined are seen at the next comparison."""
    if not tables.exists(zones, OBSERVATIONS_DAILY):
        return None
    known = tables.dataset(zones, OBSERVATIONS_DAILY).to_table(columns=["site_id", "date"])
    return find_deletions(url, observations, known, after)


def _store_batch(
    zones: Zones, objects: Objects, run_id: str, batch: ObservationBatch, number: int, reading: str
) -> None:
    envelope = Envelope(OBSERVATIONS, datetime.now(UTC), run_id, f"{OBSERVATIONS}/{run_id}-{number:04d}.parquet")
    data = parquet_object(envelope, _with_every_variable(batch.table))
    objects.create_new(envelope.raw_object, data)
    ledger.commit(zones, [_entry(envelope, OBSERVATIONS, batch.rows, len(data), digest(data), batch, reading)])


def _with_every_variable(rows: pa.Table) -> pa.Table:
    """The same columns in every object, whatever the mapping was, so that objects can be read together."""
    columns = {name: rows[name] for name in ("site_id", "date", "is_deleted", "units", "missing")}
    for name in VARIABLES:
        columns[name] = rows[name] if name in rows.column_names else pa.nulls(rows.num_rows, pa.float64())
    return pa.table(columns)


def _entry(
    envelope: Envelope,
    product: str,
    rows: int,
    size: int,
    sha256: str,
    batch: ObservationBatch | None = None,
    reading: str | None = None,
) -> Entry:
    return Entry(
        source=envelope.source,
        product=product,
        site_id=None,
        place=reading,
        variables=",".join(name for name in VARIABLES if batch and name in batch.table.column_names),
        first_date=batch.first_date if batch else None,
        last_date=batch.last_date if batch else None,
        complete_until=None,
        cursor_from=batch.cursor_from if batch else None,
        cursor_to=batch.cursor_to if batch else None,
        rows=rows,
        bytes=size,
        sha256=sha256,
        run_id=envelope.run_id,
        captured_at=envelope.captured_at,
        raw_object=envelope.raw_object,
    )

"""Observations into a database and out of it."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pyarrow as pa

from meteolake.capture.database import ObservationBatch, ObservationsTable, read_observations
from meteolake.sites import Site

Execute = Callable[..., None]
HERE = Site("a", "Alpha", 50.0, 10.0, 100.0, 1)


def days(*values: float | None, site_id: str = "a", first: date = date(2020, 1, 1)) -> pa.Table:
    dates = [first + timedelta(days=number) for number in range(len(values))]
    rain = pa.array(values, pa.float64())
    return pa.table({"site_id": [site_id] * len(values), "date": dates, "precipitation_sum": rain})


def read(url: str, after: str | None = None, **options: object) -> list[ObservationBatch]:
    observations = ObservationsTable(**options)  # type: ignore[arg-type]
    return list(read_observations(url, observations, after, batch_rows=2))


def values(batches: Sequence[ObservationBatch]) -> dict[str, float]:
    rows = [row for batch in batches for row in batch.table.to_pylist()]
    return {row["date"]: row["precipitation_sum"] for row in rows}

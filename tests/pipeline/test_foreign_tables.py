"""Other people's tables, as two weather services publish them: their names, units, texts and missing values."""

import csv
import gzip
import io
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.conftest import Silent

from meteolake.capture.database import ObservationsTable, SitesTable, read_sites
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Database, Settings
from meteolake.tables import OBSERVATIONS_DAILY, QUARANTINE

pytestmark = pytest.mark.usefixtures("trusted_only")

Rows = Sequence[Mapping[str, str]]


def read_csv(path: Path) -> Rows:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    found = csv.DictReader(io.StringIO(data.decode("latin-1")), delimiter=";")
    return [{key.strip(): (value or "").strip() for key, value in row.items() if key} for row in found]


def fill(path: Path, table: str, rows: Rows) -> None:
    """A table of texts, as an import of such a file leaves it."""
    names = [f'"{name}"' for name in rows[0]]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"create table {table} ({', '.join(f'{name} text' for name in names)})")
        marks = ", ".join("?" * len(names))
        connection.executemany(f"insert into {table} values ({marks})", [tuple(row.values()) for row in rows])


def captured(folder: Path, sites: SitesTable, observations: ObservationsTable) -> dict[date, Mapping[str, object]]:
    """The trusted observations by date."""
    database = Database(f"sqlite:///{folder / 'theirs.db'}", sites, observations)
    settings = Settings(Zones.below(str(folder / "lake")), Plan("sail", 512), database, None)
    assert run(settings, Silent(), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)).problems == []
    rows = tables.dataset(settings.zones, OBSERVATIONS_DAILY).to_table().to_pylist()
    assert tables.dataset(settings.zones, QUARANTINE).to_table().num_rows == 0
    return {row["date"]: row for row in rows}


def test_the_german_services_table_is_read_as_it_is(real_data: Path, tmp_path: Path) -> None:
    [path] = (real_data / "stations" / "dwd").glob("*_01346.txt.gz")
    rows = [row for row in read_csv(path) if row["MESS_DATUM"].startswith("2020")]
    fill(tmp_path / "theirs.db", "klima_tag", rows)
    fill(
        tmp_path / "theirs.db",
        "stationen",
        [{"id": "1346", "stationsname": "Feldberg", "breite": "47.8748", "laenge": "8.0038"}],
    )
    found = captured(
        tmp_path,
        SitesTable("stationen", {"site_id": "id", "name": "stationsname", "latitude": "breite", "longitude": "laenge"}),
        ObservationsTable(
            table="klima_tag",
            columns={
                "site_id": "STATIONS_ID",
                "date": "MESS_DATUM",
                "temperature_2m_max": "TXK",
                "temperature_2m_min": "TNK",
                "temperature_2m_mean": "TMK",
                "precipitation_sum": "RSK",
                "wind_gusts_10m_max": "FX",
                "relative_humidity_2m_mean": "UPM",
            },
            units={"wind_gusts_10m_max": "m/s"},
            missing=(-999.0,),
            cursor=None,
        ),
    )
    assert len(found) == len(rows)
    for row in rows:
        here = found[datetime.strptime(row["MESS_DATUM"], "%Y%m%d").date()]
        assert here["temperature_2m_max"] == (None if row["TXK"] == "-999" else float(row["TXK"]))
        if row["FX"] != "-999":
            assert here["wind_gusts_10m_max"] == pytest.approx(float(row["FX"]) * 3.6)


def test_the_spanish_services_commas_traces_and_coordinates_are_understood(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "stations" / "aemet"
    rows = [row for row in read_csv(folder / "8025.CSV.gz") if row["Año"] in ("2001", "2002")]
    assert any(row["Prec."] == "Ip" for row in rows)
    fill(tmp_path / "theirs.db", "diario", rows)
    with closing(sqlite3.connect(tmp_path / "theirs.db")) as connection:  # their day lies in three columns
        connection.execute(
            'create view con_fecha as select *, printf(\'%04d-%02d-%02d\', "Año", "Mes", "Dia") as fecha from diario'
        )
    fill(
        tmp_path / "theirs.db",
        "maestro",
        [row for row in read_csv(folder / "maestro.csv") if row["INDICATIVO"] == "8025"],
    )
    sites = SitesTable(
        "maestro",
        {
            "site_id": "INDICATIVO",
            "name": "NOMBRE",
            "latitude": "LATITUD",
            "longitude": "LONGITUD",
            "elevation_m": "ALTITUD",
        },
    )
    [alicante] = read_sites(f"sqlite:///{tmp_path / 'theirs.db'}", sites)
    assert alicante.latitude == pytest.approx(38.37, abs=0.02)
    assert alicante.longitude == pytest.approx(-0.49, abs=0.02)
    columns = {
        "site_id": "Indicativo",
        "date": "fecha",
        "temperature_2m_max": "T.Max",
        "temperature_2m_min": "T.Min",
        "precipitation_sum": "Prec.",
        "wind_gusts_10m_max": "Racha",
    }
    found = captured(
        tmp_path,
        sites,
        ObservationsTable(table="con_fecha", columns=columns, texts={"Ip": 0.05, "Acum": float("nan")}, cursor=None),
    )
    assert len(found) == len(rows) == 730
    for row in rows:
        here = found[date(int(row["Año"]), int(row["Mes"]), int(row["Dia"]))]
        assert here["temperature_2m_max"] == number(row["T.Max"])
        assert here["precipitation_sum"] == number(row["Prec."].replace("Ip", "0.05").replace("Acum", ""))


def number(text: str) -> float | None:
    return float(text.replace(",", ".")) if text else None

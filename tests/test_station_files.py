"""Tidy station files: what is read, and what is refused with which words."""

import gzip
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.errors import SourceError
from meteolake.station_files import read_observations, read_sites


def written(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def refusal(path: Path, *, of_sites: bool = False) -> str:
    with pytest.raises(SourceError) as caught:
        read_sites(path) if of_sites else read_observations(path)
    return str(caught.value)


def test_a_site_without_offset_keeps_the_time_of_its_longitude(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "site_id,name,latitude,longitude,elevation_m,utc_offset_hours\n"
        "a,Here,-33.5,151.2,19,\nb,There,60,5.3,,2\nc,,0,0,,\n",
    )
    here, there, unnamed = read_sites(path)
    assert (here.elevation_m, here.utc_offset_hours) == (19, 10)
    assert (there.elevation_m, there.utc_offset_hours) == (None, 2)
    assert unnamed.name == "c"


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    assert read_observations(written(tmp_path, "\ufeffsite_id,date,precipitation_mm\na,2020-01-01,1\n")).num_rows == 1


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("site_id,date,precipitation_mm\na,2020-01-01,1\nMünchen,2020-01-01,1\n".encode("latin-1"))
    assert "latin.csv is no readable CSV file (line 3: " in refusal(path)
    assert "it must be UTF-8" in refusal(path)


@pytest.mark.parametrize("name", ["file.csv", "file.csv.gz"])
def test_plain_and_gzipped_files_read_alike(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, "site_id,date,precipitation_mm\n007,2020-02-29,1.5\n007,2020-03-01,\n", name)
    table = read_observations(path)
    assert table.to_pylist() == [
        {"site_id": "007", "date": date(2020, 2, 29), "precipitation_sum": 1.5},
        {"site_id": "007", "date": date(2020, 3, 1), "precipitation_sum": None},
    ]
    assert table.schema.types == [pa.string(), pa.date32(), pa.float64()]


def test_several_columns_of_a_variable_are_averaged_over_what_is_there(tmp_path: Path) -> None:
    path = written(
        tmp_path, "site_id,date,wind_speed_9h_kmh,wind_speed_15h_kmh\na,2020-01-01,10,20\na,2020-01-02,,20\n"
    )
    assert read_observations(path)["wind_speed_10m_max"].to_pylist() == [15, 20]


def test_a_mean_temperature_needs_both_extremes(tmp_path: Path) -> None:
    path = written(tmp_path, "site_id,date,temperature_max_c,temperature_min_c\na,2020-01-01,10,0\na,2020-01-02,10,\n")
    assert read_observations(path)["temperature_2m_mean"].to_pylist() == [5, None]
    alone = written(tmp_path, "site_id,date,temperature_max_c\na,2020-01-01,10\n")
    assert "temperature_2m_mean" not in read_observations(alone).column_names


def test_a_column_named_like_the_variable_goes_before_the_columns_it_could_be_made_of(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "site_id,date,temperature_2m_mean,temperature_max_c,temperature_min_c\na,2020-01-01,4,10,0\n",
    )
    assert read_observations(path)["temperature_2m_mean"].to_pylist() == [4]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a,2020-01-01,1\na,2020-01-02,NA\n", "line 3, column precipitation_mm, has 'NA'"),
        ('a,2020-01-01,"1,5"\n', "line 2, column precipitation_mm, has '1,5'"),
        ("a,01.02.2020,1\n", "line 2, column date, has '01.02.2020'"),
        ("a,2020-01-01,1\na,2021-02-29,1\n", "line 3, column date, has '2021-02-29'"),
        ("a,,1\n", "line 2, column date, is empty"),
        (",2020-01-01,1\n", "line 2, column site_id, is empty"),
        ("a,2020-01-01,1\nb,2020-01-01,1\na,2020-01-01,2\n", "line 4 repeats site_id a and date 2020-01-01"),
        ("a,2020-01-01\n", "is no readable CSV file (line 2: Expected 3 columns, got 2"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(tmp_path: Path, rows: str, words: str) -> None:
    assert words in refusal(written(tmp_path, f"site_id,date,precipitation_mm\n{rows}"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("site_id,precipitation_mm\n", "line 1 lacks the column date"),
        (
            "site_id;date;precipitation_mm\n",
            "columns are parted by commas, and it has site_id;date",
        ),
        ("site_id,date,rain\na,2020-01-01,1\n", "one of temperature_max_c, temperature_min_c, precipitation_mm, wind"),
        ("site_id,date,precipitation_mm,precipitation_mm\n", "has the column precipitation_mm twice"),
        ("", "is no readable CSV file"),
    ],
)
def test_a_file_with_wrong_columns_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refusal(written(tmp_path, text))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a,A,91,0,\n", "line 2: Site 'a' has latitude 91"),
        ("a,A,north,0,\n", "line 2, column latitude, has 'north'"),
        ("a,A,,0,\n", "line 2, column latitude, is empty"),
        ("a,A,1,0,\na,B,2,0,\n", "line 3 repeats site_id a"),
        ("a,A,1,0,5.5\n", "line 2, column utc_offset_hours, has '5.5'"),
    ],
)
def test_a_wrong_site_is_named_by_its_line(tmp_path: Path, rows: str, words: str) -> None:
    path = written(tmp_path, f"site_id,name,latitude,longitude,utc_offset_hours\n{rows}")
    assert words in refusal(path, of_sites=True)


def test_what_is_no_text_is_not_printed(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_bytes(b"a,b\n\x1b[31m" + b"x" * 9_000)
    said = refusal(path, of_sites=True)
    assert said.isprintable()
    assert len(said) < 400


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.csv does not exist" in refusal(tmp_path / "nowhere.csv")


@given(text=st.text(alphabet='a1-,.\n"ü 2020', max_size=60))
def test_no_text_breaks_the_reader(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = written(tmp_path_factory.mktemp("any"), f"site_id,date,precipitation_mm\n{text}")
    try:
        table = read_observations(path)
    except SourceError:
        return
    assert table.column_names == ["site_id", "date", "precipitation_sum"]


def test_the_real_station_files_are_read_whole(real_data: Path) -> None:
    stations = real_data / "stations"
    australia = read_observations(stations / "australia_daily.csv.gz")
    assert australia.num_rows == 118_903
    assert set(australia["site_id"].to_pylist()) == {
        site.site_id for site in read_sites(stations / "australia_sites.csv")
    }
    first = australia.slice(0, 1).to_pylist()[0]
    # Means of 9 h and 15 h: 1011 and 1007.9 hPa, 30 and 15 km/h, 48 and 22 %.
    assert (first["pressure_msl_mean"], first["wind_speed_10m_max"]) == (pytest.approx(1009.45), 22.5)
    assert (first["relative_humidity_2m_mean"], first["temperature_2m_mean"]) == (35, pytest.approx(28))
    assert read_observations(stations / "milwaukee_daily.csv.gz").num_rows == 32_052

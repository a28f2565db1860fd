"""Tidy station files: CSV, plain or gzipped, one row per site, or per site and day; empty cells are missing values.

A file is read whole or refused: the first thing wrong with it is an error that names file, line and column.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from meteolake.errors import SourceError
from meteolake.sites import Site, standard_offset
from meteolake.variables import TEMPERATURE_MEAN, VARIABLES, Variable

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_HEADER_LINES = 1
_REASON_CHARACTERS = 200

Numbers = npt.NDArray[np.float64]


def read_sites(path: str | Path) -> list[Site]:
    """The sites of a file: site_id, name, latitude, longitude and, where known, elevation_m and utc_offset_hours.

    Raises:
        SourceError: the file is missing or malformed, a column is missing, a value is wrong, a site is there twice.
    """
    path = Path(path)
    cells = _read(path, required=("site_id", "name", "latitude", "longitude"))
    latitudes, longitudes = _required_numbers(cells, "latitude", path), _required_numbers(cells, "longitude", path)
    elevations, offsets = (
        _optional_numbers(cells, "elevation_m", path),
        _optional_numbers(cells, "utc_offset_hours", path),
    )
    ids, names = _filled(cells, "site_id", path), cells["name"].to_pylist()
    _refuse_duplicates(path, cells.select(["site_id"]))
    return [
        _site(
            path, row, ids[row], names[row] or ids[row], latitudes[row], longitudes[row], elevations[row], offsets[row]
        )
        for row in range(len(ids))
    ]


def read_observations(path: str | Path) -> pa.Table:
    """The daily observations of a file: site_id, date and a float64 column for each variable that the file can give.

    A column named like a variable is that variable; else the variable is the mean of its `station_columns` that are
    there and not empty.

    Raises:
        SourceError: the file is missing or malformed, a column is missing, a value is wrong, a day is there twice.
    """
    path = Path(path)
    cells = _read(path, required=("site_id", "date"))
    sources = {name: columns for name in VARIABLES if (columns := _columns(VARIABLES[name], cells.column_names))}
    if not sources:
        known = ", ".join(dict.fromkeys(name for variable in VARIABLES.values() for name in variable.station_columns))
        raise SourceError(f"{path} has no column with weather: name at least one as a variable or as one of {known}.")
    _filled(cells, "site_id", path)
    observations = {"site_id": cells["site_id"], "date": _dates(cells, path)}
    for name, columns in sources.items():
        parts = [_optional_numbers(cells, column, path) for column in columns]
        # A temperature mean of one extreme alone would be off by half the day's range.
        observations[name] = pa.array(_mean(parts, needs_all=name == TEMPERATURE_MEAN), from_pandas=True)
    table = pa.table(observations)
    _refuse_duplicates(path, table.select(["site_id", "date"]))
    return table


def read_columns(path: str | Path, required: Sequence[str]) -> pa.Table:
    """The daily observations of a file: site_id, date and every column of numbers as it is, whatever its name.

    Raises:
        SourceError: the file is missing or malformed, a column is missing, a value is wrong, a day is there twice.
    """
    path = Path(path)
    cells = _read(path, required=("site_id", "date", *required))
    _filled(cells, "site_id", path)
    observations = {"site_id": cells["site_id"], "date": _dates(cells, path)}
    for name in cells.column_names:
        if name not in observations and (name in required or _is_numeric(cells[name])):
            observations[name] = pa.array(_optional_numbers(cells, name, path), from_pandas=True)
    table = pa.table(observations)
    _refuse_duplicates(path, table.select(["site_id", "date"]))
    return table


def read_places(path: str | Path) -> dict[str, tuple[float, float]]:
    """Latitude and longitude by site_id; other columns of the file do not matter.

    Raises:
        SourceError: the file is missing or malformed, a column is missing, a value is wrong, a site is there twice.
    """
    path = Path(path)
    cells = _read(path, required=("site_id", "latitude", "longitude"))
    ids = _filled(cells, "site_id", path)
    _refuse_duplicates(path, cells.select(["site_id"]))
    latitudes, longitudes = (_required_numbers(cells, name, path).tolist() for name in ("latitude", "longitude"))
    return dict(zip(ids, zip(latitudes, longitudes, strict=True), strict=True))


def _is_numeric(column: pa.ChunkedArray) -> bool:
    """Whether most of a column's cells are numbers, so that another one is a mistake."""
    filled = pc.drop_null(column)
    return len(filled) > 0 and 2 * pc.sum(pc.match_substring_regex(filled, _NUMBER)).as_py() > len(filled)


def _read(path: Path, required: Sequence[str]) -> pa.Table:
    """All cells of a file as text, empty ones null."""
    lines = csv.ReadOptions(use_threads=False)  # so that errors name the line
    try:
        names = csv.open_csv(path, lines).schema.names
        everything_text = csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
        )
        cells = csv.read_csv(path, lines, convert_options=everything_text).combine_chunks()
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist: give the path of a CSV file.") from error
    except (pa.ArrowInvalid, OSError) as error:
        reason = re.sub(r"^.*Row #(\d+): ", r"line \1: ", str(error)).rstrip(".")
        reason = "".join(filter(str.isprintable, reason[:_REASON_CHARACTERS]))  # it quotes what may be no text
        raise SourceError(
            f"{path} is no readable CSV file ({reason}): it must be UTF-8, with commas between columns."
        ) from error
    if missing := [name for name in required if name not in names]:
        found = (
            f"it has {', '.join(names)}" if len(names) > 1 else f"columns are parted by commas, and it has {names[0]}"
        )
        raise SourceError(f"{path} line 1 lacks the column {missing[0]}: {found}.")
    if twice := {name for name in names if names.count(name) > 1}:
        raise SourceError(f"{path} line 1 has the column {min(twice)} twice: rename or remove one.")
    return cells


def _columns(variable: Variable, names: Sequence[str]) -> list[str]:
    """The file's columns that make up a variable; none where the file cannot give it."""
    if variable.name in names:
        return [variable.name]
    columns = [column for column in variable.station_columns if column in names]
    is_partial = len(columns) < len(variable.station_columns)
    return [] if variable.name == TEMPERATURE_MEAN and is_partial else columns


def _mean(parts: Sequence[Numbers], *, needs_all: bool) -> Numbers:
    """Means over the parts that are no NaN, `(rows,)` each; with `needs_all`, NaN where any part is."""
    stacked = np.stack(parts)
    counts = np.isfinite(stacked).sum(axis=0)
    means: Numbers = np.nansum(stacked, axis=0) / np.maximum(counts, 1)
    means[counts < (len(parts) if needs_all else 1)] = np.nan
    return means


def _optional_numbers(cells: pa.Table, column: str, path: Path) -> Numbers:
    """A column's numbers, NaN where empty or where the file has no such column."""
    if column not in cells.column_names:
        return np.full(cells.num_rows, np.nan)
    _refuse_unmatched(cells, column, _NUMBER, "a number with a decimal point, or nothing", path)
    numbers: Numbers = pc.cast(pc.utf8_trim_whitespace(cells[column]), pa.float64()).to_numpy()
    return numbers


def _required_numbers(cells: pa.Table, column: str, path: Path) -> Numbers:
    _filled(cells, column, path)
    return _optional_numbers(cells, column, path)


def _filled(cells: pa.Table, column: str, path: Path) -> list[str]:
    """A column's texts, none of which may be empty."""
    texts: list[str] = cells[column].to_pylist()
    if None in texts:
        raise SourceError(f"{_place(path, texts.index(None))}, column {column}, is empty: fill it in.")  # type: ignore[arg-type]
    return texts


def _dates(cells: pa.Table, path: Path) -> pa.ChunkedArray:
    """The date column as days."""
    texts = _filled(cells, "date", path)
    _refuse_unmatched(cells, "date", _DATE, "a day as YYYY-MM-DD", path)
    try:
        return pc.cast(cells["date"], pa.date32())
    except pa.ArrowInvalid as error:
        row = next(row for row, text in enumerate(texts) if not _is_day(text))
        raise _wrong(path, row, "date", texts[row], "a day of the calendar") from error


def _is_day(text: str) -> bool:
    try:
        np.datetime64(text, "D")
    except ValueError:
        return False
    return True


def _refuse_unmatched(cells: pa.Table, column: str, pattern: str, expected: str, path: Path) -> None:
    """Refuse a column with a cell that is neither empty nor of the pattern."""
    is_good = pc.fill_null(pc.match_substring_regex(cells[column], pattern), True)
    row = pc.index(is_good, False).as_py()
    if row >= 0:
        raise _wrong(path, row, column, cells[column][row].as_py(), expected)


def _refuse_duplicates(path: Path, keys: pa.Table) -> None:
    """Refuse rows with the same key."""
    rows = pa.table({**{name: keys[name] for name in keys.column_names}, "row": pa.array(range(keys.num_rows))})
    groups = rows.group_by(keys.column_names).aggregate([("row", "count"), ("row", "max")])
    repeated = groups.filter(pc.greater(groups["row_count"], 1))
    if repeated.num_rows:
        row = pc.min(repeated["row_max"]).as_py()
        key = " and ".join(f"{name} {keys[name][row]}" for name in keys.column_names)
        raise SourceError(f"{_place(path, row)} repeats {key}: keep one row of each.")


def _site(
    path: Path, row: int, site_id: str, name: str, latitude: float, longitude: float, elevation: float, offset: float
) -> Site:
    """The site of a row."""
    hours = float(standard_offset(longitude)) if np.isnan(offset) else offset
    if not hours.is_integer():
        raise _wrong(path, row, "utc_offset_hours", f"{hours:g}", "a whole number of hours")
    elevation_m = None if np.isnan(elevation) else float(elevation)
    try:
        return Site(site_id, name, float(latitude), float(longitude), elevation_m, int(hours))
    except SourceError as error:
        raise SourceError(f"{_place(path, row)}: {error}") from error


def _wrong(path: Path, row: int, column: str, value: str, expected: str) -> SourceError:
    return SourceError(f"{_place(path, row)}, column {column}, has {value!r}: it must be {expected}.")


def _place(path: Path, row: int) -> str:
    """File and line of a row counted from 0."""
    return f"{path} line {row + 1 + _HEADER_LINES}"

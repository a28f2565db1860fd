"""Days out of the archive's captures: the engine reads the JSON, Arrow lays its arrays side by side."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.errors import BrokenAssumption
from meteolake.tables import ddl

_CAPTURE = "site_id string, source string, captured_at string, raw_object string, payload struct<daily: struct<{}>>"
_OF_CAPTURE = {"site_id": "string", "source": "string", "captured_at": "timestamp", "raw_object": "string"}
_DAYS_AT_ONCE = 180_000

Places = npt.NDArray[np.int64]


def archive_days(lines: DataFrame, variables: Sequence[str]) -> DataFrame:
    """One row per site, day and capture, those without any value too.

    Args:
        lines: the envelope of one captured location in `value`, as JSON text.
        variables: those that are read, and that the rows have columns of.

    Raises:
        BrokenAssumption: where the rows are computed, if a line is no envelope.
    """
    kinds = {"time": "string", **dict.fromkeys(variables, "double")}
    arrays = ", ".join(f"{name}: array<{kind}>" for name, kind in kinds.items())
    captures = lines.select(F.from_json("value", _CAPTURE.format(arrays)).alias("capture")).select("capture.*")
    captured_at = F.to_timestamp("captured_at").alias("captured_at")
    lists = (f"payload.daily.{name}" for name in kinds)
    columns = captures.select("site_id", "source", captured_at, "raw_object", *lists)
    values = dict.fromkeys(variables, "double")
    types = _OF_CAPTURE | {"date_text": "string"} | values | {"is_deleted": "boolean", "date": "date"}
    return columns.mapInArrow(_days, ddl(types))


def _days(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch["raw_object"].null_count:
            raise BrokenAssumption("A raw object holds a line that is no capture.")
        _, starts = np.unique(np.cumsum(_lengths(batch["time"])) // _DAYS_AT_ONCE, return_index=True)
        for start, end in itertools.pairwise((*starts, batch.num_rows)):
            yield _days_of(batch.slice(start, end - start))


def _days_of(captures: pa.RecordBatch) -> pa.RecordBatch:
    variables = captures.schema.names[len(_OF_CAPTURE) + 1 :]
    capture, (date_text, *values) = side_by_side([captures[name] for name in ("time", *variables)])
    columns = {name: captures[name].take(pa.array(capture)) for name in _OF_CAPTURE}
    columns["date_text"] = date_text
    for name, numbers in zip(variables, values, strict=True):
        columns[name] = pc.add(numbers, 0.0)  # the archive sends -0.0 for small negatives
    columns["is_deleted"] = pa.repeat(False, len(capture))
    columns["date"] = dates(date_text)
    return pa.RecordBatch.from_pydict(columns)


def side_by_side(lists: Sequence[pa.ListArray]) -> tuple[Places, list[pa.Array]]:
    """The values of lists in rows, and of which list each row is; what ends early or is missing goes on with nulls."""
    lengths = [_lengths(each) for each in lists]
    longest = np.max(lengths, axis=0)
    number = np.repeat(np.arange(len(longest)), longest)
    place = np.arange(len(number)) - np.repeat(np.cumsum(longest) - longest, longest)
    return number, [_filled_up(each, own, number, place) for each, own in zip(lists, lengths, strict=True)]


def _lengths(lists: pa.ListArray) -> Places:
    return np.asarray(pc.fill_null(pc.list_value_length(lists), 0), np.int64)


def _filled_up(lists: pa.ListArray, lengths: Places, number: Places, place: Places) -> pa.Array:
    values = lists.flatten()
    if len(values) == len(number):
        return values
    is_over = place >= lengths[number]
    return values.take(pa.array((np.cumsum(lengths) - lengths)[number] + place, mask=is_over))


def dates(texts: pa.Array) -> pa.Array:
    """The dates that texts name, null where a text is none."""
    try:
        return texts.cast(pa.date32())
    except pa.ArrowInvalid:  # one of them is none
        encoded = texts.dictionary_encode()  # all captures name the same days
        return pa.array(map(_date, encoded.dictionary), pa.date32()).take(encoded.indices)


def _date(text: pa.StringScalar) -> pa.Date32Scalar | None:
    try:
        return text.cast(pa.date32())
    except pa.ArrowInvalid:
        return None

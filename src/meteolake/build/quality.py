"""Checks of single rows: which are impossible, and why.

A row that fails a check is refused as a whole and goes to the quarantine, once for each check that it failed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from meteolake.build.blocks import numbers
from meteolake.build.runs import ROWS_AT_ONCE, portions
from meteolake.rules import DATE_KNOWN, DATE_VALID, IN_RANGE, MIN_NOT_ABOVE_MAX, WHOLE_DAY, Rule
from meteolake.variables import TEMPERATURE_MAX, TEMPERATURE_MEAN, TEMPERATURE_MIN, VARIABLES, Variable

Mask = npt.NDArray[np.bool_]

FIRST_DATE = "1750-01-01"  # the first daily series
_REFUSED = ("site_id", "date_text", "captured_at", "raw_object")
_REFUSED_DDL = (
    "site_id string, date_text string, captured_at timestamp, raw_object string, "
    "rule string, variable string, value double, reason string"
)


@dataclass(frozen=True)
class Failure:
    """A check that some rows fail: `is_bad` `(rows,)`, and the reason to tell of each."""

    rule: Rule
    variable: str | None
    is_bad: Mask
    reason: str


def failures(rows: pa.Table, days_ahead: int) -> Iterator[Failure]:
    """Every check of the rows.

    Args:
        rows: with `date`, null where the text is none, `captured_at`, `source` and some variables.
        days_ahead: how far beyond the capture's UTC date a row may lie; a site east of Greenwich is a day ahead.
    """
    yield Failure(DATE_VALID, None, _is_null(rows["date"]), "not a date of the calendar")
    day = _ordinals(rows["date"])
    captured = _ordinals(rows["captured_at"].cast(pa.timestamp("us")).cast(pa.date32(), safe=False))
    first = np.datetime64(FIRST_DATE).astype(np.int64)
    is_unknown = ~_is_null(rows["date"]) & ((day > captured + days_ahead) | (day < first))
    yield Failure(DATE_KNOWN, None, is_unknown, f"outside {FIRST_DATE} to {days_ahead} days after the capture")
    present = [name for name in VARIABLES if name in rows.column_names]
    absent = np.full(rows.num_rows, np.nan)
    values = {name: numbers(rows[name]) if name in present else absent for name in VARIABLES}
    for name in present:
        yield _in_range(VARIABLES[name], rows[name], values[name])
    is_above = values[TEMPERATURE_MIN] > values[TEMPERATURE_MAX]
    yield Failure(MIN_NOT_ABOVE_MAX, TEMPERATURE_MIN, is_above, "above the day's maximum")
    is_archive = pc.not_equal(rows["source"], "observations").to_numpy(zero_copy_only=False)
    is_partial = is_archive & np.isnan(values[TEMPERATURE_MEAN])
    for name in (TEMPERATURE_MAX, TEMPERATURE_MIN):
        reason = "the day has no mean: its hours are not all there yet"
        yield Failure(WHOLE_DAY, name, is_partial & np.isfinite(values[name]), reason)


def is_accepted(rows: pa.Table, days_ahead: int) -> Mask:
    """Whether each row passes every check, `(rows,)`."""
    found = np.ones(rows.num_rows, bool)
    for failure in failures(rows, days_ahead):
        found &= ~failure.is_bad
    return found


def has_values(rows: pa.Table) -> Mask:
    """Whether each row has a value or deletes one: days without are not data, `(rows,)`."""
    found: Mask = rows["is_deleted"].to_numpy().astype(bool)
    for name in VARIABLES:
        if name in rows.column_names and not found.all():
            found |= ~_is_null(rows[name])
    return found


def accepted(rows: DataFrame, days_ahead: int) -> DataFrame:
    """The rows that have a value and pass every check."""
    return rows.mapInArrow(partial(_accepted, days_ahead=days_ahead), rows.schema)


def refused(rows: DataFrame, days_ahead: int) -> DataFrame:
    """One row per failed check, with rule, variable, value and reason."""
    return rows.mapInArrow(partial(_refused, days_ahead=days_ahead), _REFUSED_DDL)


def _accepted(batches: Iterable[pa.RecordBatch], days_ahead: int) -> Iterator[pa.RecordBatch]:
    for rows in portions(batches, ROWS_AT_ONCE):
        yield from rows.filter(pa.array(has_values(rows) & is_accepted(rows, days_ahead))).to_batches()


def _refused(batches: Iterable[pa.RecordBatch], days_ahead: int) -> Iterator[pa.RecordBatch]:
    for rows in portions(batches, ROWS_AT_ONCE):
        is_data = has_values(rows)
        for failure in failures(rows, days_ahead):
            places = np.flatnonzero(failure.is_bad & is_data)
            if not len(places):
                continue
            bad = rows.take(pa.array(places))
            is_date = failure.rule is DATE_VALID
            told = {
                **{name: bad[name] for name in _REFUSED},
                "rule": pa.repeat(failure.rule.id, len(places)),
                "variable": pa.repeat(pa.scalar(failure.variable, pa.string()), len(places)),
                "value": bad[failure.variable] if failure.variable else pa.nulls(len(places), pa.float64()),
                "reason": _wrong_dates(bad) if is_date else pa.repeat(failure.reason, len(places)),
            }
            yield from pa.table(told).to_batches()


def _in_range(variable: Variable, column: pa.ChunkedArray, values: npt.NDArray[np.float64]) -> Failure:
    # Not a number, unlike null, is a value that no source should send.
    is_nan = np.isnan(values) & ~_is_null(column)
    is_bad = (values < variable.lower) | (values > variable.upper) | is_nan
    reason = f"outside {variable.lower:g} to {variable.upper:g} {variable.unit}"
    return Failure(IN_RANGE, variable.name, is_bad, reason)


def _wrong_dates(rows: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise("not a date: ", pc.fill_null(rows["date_text"], "nothing"), "")


def _is_null(column: pa.ChunkedArray) -> Mask:
    return np.asarray(column.is_null().to_numpy(), bool) if column.null_count else np.zeros(len(column), bool)


def _ordinals(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Days since 1970, 0 for null."""
    return np.asarray(column.cast(pa.int32()).fill_null(0).to_numpy(), np.int64)

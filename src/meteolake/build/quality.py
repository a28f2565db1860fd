"""Quality checks: which rows are impossible, and why.

A check is a pair of columns: `is_bad`, cheap enough to ask of every row, and what to say of the few rows that are.
A row with any failed check is refused as a whole and goes to the quarantine once for each check that it failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.variables import TEMPERATURE_MAX, TEMPERATURE_MEAN, TEMPERATURE_MIN, VARIABLES, Variable

_FIRST_DATE = "1750-01-01"  # the first daily series


@dataclass(frozen=True)
class Check:
    """One check: `is_bad` is true where a row must be refused, and never null."""

    rule: str
    variable: str | None
    is_bad: Column
    reason: Column


def checks(days_ahead: int = 1) -> list[Check]:
    """The checks of every daily table; `date_text` is the date as received, `date` the same as a date or null.

    Args:
        days_ahead: how far beyond the capture's UTC date a row may lie; a site east of Greenwich is a day ahead.
    """
    return [_date_valid(), _date_known(days_ahead), *map(_in_range, VARIABLES.values()), _ordered(), *_whole_day()]


def accepted(rows: DataFrame, days_ahead: int = 1) -> DataFrame:
    """The rows that pass every check."""
    return rows.where(~_is_refused(checks(days_ahead)))


def refused(rows: DataFrame, days_ahead: int = 1) -> DataFrame:
    """One row per failed check: the columns of `rows` with rule, variable, value and reason."""
    failed = F.explode(F.array_compact(F.array(*map(_failure, checks(days_ahead)))))
    kept = ("site_id", "date_text", "captured_at", "raw_object")
    return rows.where(_is_refused(checks(days_ahead))).select(*kept, failed.alias("failed")).select(*kept, "failed.*")


def _is_refused(rules: Sequence[Check]) -> Column:
    return reduce(lambda left, right: left | right, (check.is_bad for check in rules))


def _failure(check: Check) -> Column:
    value = F.col(check.variable) if check.variable else F.lit(None).cast("double")
    return F.when(
        check.is_bad,
        F.struct(
            F.lit(check.rule).alias("rule"),
            F.lit(check.variable).cast("string").alias("variable"),
            value.alias("value"),
            check.reason.alias("reason"),
        ),
    )


def _date_valid() -> Check:
    text = F.coalesce(F.col("date_text"), F.lit("nothing"))
    return Check("date_valid", None, F.col("date").isNull(), F.concat(F.lit("not a date: "), text))


def _date_known(days_ahead: int) -> Check:
    latest = F.date_add(F.to_date("captured_at"), days_ahead)
    is_bad = F.coalesce((F.col("date") > latest) | (F.col("date") < F.lit(_FIRST_DATE).cast("date")), F.lit(False))
    reason = f"outside {_FIRST_DATE} to {days_ahead} days after the capture"
    return Check("date_known", None, is_bad, F.lit(reason))


def _in_range(variable: Variable) -> Check:
    value = F.col(variable.name)
    # Not `value not between`: NaN compares as larger than any number, so it is refused here too.
    is_bad = F.coalesce((value < variable.lower) | (value > variable.upper), F.lit(False))
    reason = f"outside {variable.lower:g} to {variable.upper:g} {variable.unit}"
    return Check("in_range", variable.name, is_bad, F.lit(reason))


def _ordered() -> Check:
    is_bad = F.coalesce(F.col(TEMPERATURE_MIN) > F.col(TEMPERATURE_MAX), F.lit(False))
    reason = F.concat(F.lit("above the maximum, "), F.col(TEMPERATURE_MAX).cast("string"), F.lit(" °C"))
    return Check("min_not_above_max", TEMPERATURE_MIN, is_bad, reason)


def _whole_day() -> list[Check]:
    """An archive extreme without the day's mean was made from a part of its hours only."""
    is_partial = (F.col("source") != "observations") & F.col(TEMPERATURE_MEAN).isNull()
    reason = F.lit("the day has no mean: its hours are not all there yet")
    return [
        Check("whole_day", name, is_partial & F.col(name).isNotNull(), reason)
        for name in (TEMPERATURE_MAX, TEMPERATURE_MIN)
    ]

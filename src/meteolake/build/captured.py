"""The ledger as the jobs see it: which captures are new, where their objects lie, which years they reach."""

from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F  # noqa: N812

from meteolake.lake.paths import Zones
from meteolake.variables import VARIABLES

OPEN_METEO = "open_meteo"

Span = tuple[int, int]
"""Sequence numbers of the ledger's commits: after the first, up to the second."""


@dataclass(frozen=True)
class Ledger:
    """What the ledger says of whole sources, asked once: nobody else writes to it while a run holds the lake."""

    captures: DataFrame

    def variables(self, source: str) -> tuple[str, ...]:
        """The variables that ever came from a source; columns of others are empty and need not be moved."""
        return tuple(name for name in VARIABLES if (source, name) in self._variables)

    @cached_property
    def _variables(self) -> set[tuple[str, str]]:
        found = self.captures.where(F.col("bytes") > 0).select("source", "variables").distinct().collect()
        return {(row.source, name) for row in found for name in (row.variables or "").split(",")}

    @cached_property
    def model(self) -> str:
        """The archive's newest model; days of a model used before stay in the trusted table."""
        return str(newest(self.captures.where(F.col("source") == OPEN_METEO)).product)


def new_captures(ledger: DataFrame, source: str, span: Span) -> DataFrame:
    """The captures of a source within a span; a payload that came again unchanged is news to the ledger only."""
    is_new = (F.col("sequence") > span[0]) & (F.col("sequence") <= span[1])
    return ledger.where((F.col("source") == source) & is_new & (F.col("bytes") > 0))


def contested(ledger: DataFrame, source: str, span: Span) -> DataFrame:
    """The captures of a source within a span that hold days which another capture may hold, too.

    `shared_from` and `shared_until` bound these days. Windows of one site that are captured in another order than that
    of their days count as well, which costs time and changes nothing.
    """
    series = Window.partitionBy("product", F.coalesce("site_id", F.lit("")), F.coalesce("place", F.lit("")))
    by_time = series.orderBy("sequence")
    first = F.coalesce("first_date", F.lit("0001-01-01").cast("date"))
    last = F.coalesce("last_date", F.lit("9999-12-31").cast("date"))
    before = F.max(last).over(by_time.rowsBetween(Window.unboundedPreceding, -1))
    after = F.min(first).over(by_time.rowsBetween(1, Window.unboundedFollowing))
    captures = ledger.where((F.col("source") == source) & (F.col("bytes") > 0))
    known = captures.withColumn("ends_before", before).withColumn("begins_after", after)
    again, changed = first <= F.col("ends_before"), last >= F.col("begins_after")
    shared = known.where(again | changed).where((F.col("sequence") > span[0]) & (F.col("sequence") <= span[1]))
    return shared.withColumn(
        "shared_from", F.when(again, first).otherwise(F.greatest(first, F.col("begins_after")))
    ).withColumn("shared_until", F.when(changed, last).otherwise(F.least(last, F.col("ends_before"))))


def newest(captures: DataFrame) -> Row:
    """The newest of some captures, of which there is one at least: outputs without captures are never due."""
    return captures.orderBy(F.desc("sequence")).limit(1).collect()[0]


def of_newest_reading(captures: DataFrame) -> DataFrame:
    """Without captures of a database that was read otherwise before: all of its rows came again."""
    reading = newest(captures).place
    return captures.where(F.col("site_id").isNotNull() | F.col("place").eqNullSafe(F.lit(reading)))


def object_paths(captures: DataFrame, zones: Zones) -> list[str]:
    """Where the captures' objects lie."""
    objects = captures.select("raw_object").distinct().orderBy("raw_object").collect()
    return [zones.raw_object(row.raw_object) for row in objects]


def years(captures: DataFrame) -> list[int]:
    """The years that captures reach, by the dates in the ledger."""
    spans = captures.select(F.year("first_date").alias("first"), F.year("last_date").alias("last")).distinct().collect()
    return sorted({year for span in spans if span.first is not None for year in range(span.first, span.last + 1)})


def sequences(captures: DataFrame) -> DataFrame:
    """The ledger's sequence number of each object."""
    return captures.select("raw_object", "sequence").distinct()

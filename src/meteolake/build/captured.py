"""The ledger as the jobs see it: which captures are new, where their objects lie, which years they reach."""

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from meteolake.lake.paths import Zones

Span = tuple[int, int]
"""Sequence numbers of the ledger's commits: after the first, up to the second."""


def new_captures(ledger: DataFrame, source: str, span: Span) -> DataFrame:
    """The captures of a source within a span; a payload that came again unchanged is news to the ledger only."""
    is_new = (F.col("sequence") > span[0]) & (F.col("sequence") <= span[1])
    return ledger.where((F.col("source") == source) & is_new & (F.col("bytes") > 0))


def captured_again(ledger: DataFrame, captures: DataFrame) -> DataFrame:
    """Those of some captures that hold days which an earlier run has captured, too."""
    earlier = ledger.select(
        F.col("source").alias("of_source"),
        F.col("product").alias("of_product"),
        F.coalesce("site_id", F.lit("")).alias("of_site"),
        F.coalesce("place", F.lit("")).alias("of_place"),
        F.col("first_date").alias("from_date"),
        F.col("last_date").alias("until_date"),
        F.col("run_id").alias("of_run"),
    )
    is_same_series = (
        (F.col("source") == F.col("of_source"))
        & (F.col("product") == F.col("of_product"))
        & (F.coalesce("site_id", F.lit("")) == F.col("of_site"))
        & (F.coalesce("place", F.lit("")) == F.col("of_place"))
    )
    holds_same_days = (F.col("first_date") <= F.col("until_date")) & (F.col("last_date") >= F.col("from_date"))
    is_earlier = F.col("of_run") < F.col("run_id")
    return captures.join(earlier, is_same_series & holds_same_days & is_earlier, "left_semi")


def newest(captures: DataFrame) -> Row:
    """The newest of some captures, of which there is one at least: outputs without captures are never due."""
    return captures.orderBy(F.desc("sequence")).limit(1).collect()[0]


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

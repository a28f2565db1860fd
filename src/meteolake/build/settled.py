"""Which months are settled: the archive and the stations may still change what came in the last days.

What describes whole months and years is made of settled months alone, so that a new day changes none of it.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build.captured import Span
from meteolake.climate.normals import Period

DAYS_UNTIL_SETTLED = 14
_LEAST_DAYS = 366


def settled(captures: DataFrame, through: int) -> DataFrame:
    """Until which day each site's history is settled: `site_id`, `settled_until`.

    That is the end of the last month that was over for 14 days; or the newest day, where that leaves less than a year.

    Args:
        captures: those of the archive in the ledger.
        through: the ledger's sequence number up to which they count.
    """
    of_site = captures.where((F.col("sequence") <= through) & F.col("complete_until").isNotNull()).groupBy("site_id")
    ends = of_site.agg(F.min("first_date").alias("first"), F.max("complete_until").alias("newest"))
    month_end = F.date_sub(F.trunc(F.date_sub(F.col("newest"), DAYS_UNTIL_SETTLED - 1), "month"), 1)
    is_long = F.datediff(month_end, F.col("first")) + 1 >= _LEAST_DAYS
    return ends.select("site_id", F.when(is_long, month_end).otherwise(F.col("newest")).alias("settled_until"))


def changes(captures: DataFrame, span: Span) -> DataFrame:
    """From which day on each site's settled days changed within a span of the ledger: `site_id`, `changed_from`.

    Args:
        captures: those of the archive in the ledger.
        span: sequence numbers, after the first and up to the second.
    """
    now = settled(captures, span[1])
    before = settled(captures, span[0]).withColumnRenamed("settled_until", "settled_before")
    is_new = (F.col("sequence") > span[0]) & (F.col("sequence") <= span[1]) & (F.col("bytes") > 0)
    captured = captures.where(is_new).groupBy("site_id").agg(F.min("first_date").alias("captured_from"))
    both = now.join(before, "site_id", "left").join(captured, "site_id", "left")
    captured_from = F.when(F.col("captured_from") <= F.col("settled_until"), F.col("captured_from"))
    is_moved = F.col("settled_before") != F.col("settled_until")
    moved_from = F.when(is_moved, F.least(F.date_add("settled_before", 1), F.date_add("settled_until", 1)))
    changed = both.withColumn("changed_from", F.least(captured_from, moved_from))  # the one that is not null, if any
    return changed.where(F.col("changed_from").isNotNull()).select("site_id", "changed_from")


def outside_base(changed: DataFrame, normals: DataFrame, period: Period) -> DataFrame:
    """Those of some changes that cannot touch normals: after the base period, at sites whose normals are all of it."""
    is_of_period = (F.col("base_from") == period[0]) & (F.col("base_until") == period[1])
    standard = normals.groupBy("site_id").agg(F.min(is_of_period.cast("int")).alias("is_standard"))
    after = changed.where(F.year("changed_from") > period[1])
    return after.join(standard.where(F.col("is_standard") == 1), "site_id", "left_semi")

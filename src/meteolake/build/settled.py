"""Which months are settled: the archive and the stations may still change what came in the last days.

What describes whole months and years is made of settled months alone, so that a new day changes none of it.
"""

from pyspark.sql import Column, DataFrame
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
    of_site = captures.groupBy("site_id").agg(*_ends(through, ""))
    return of_site.where("newest is not null").select("site_id", _settled_until("").alias("settled_until"))


def changes(captures: DataFrame, span: Span) -> DataFrame:
    """From which day on each site's settled days changed within a span of the ledger: `site_id`, `changed_from`.

    Args:
        captures: those of the archive in the ledger.
        span: sequence numbers, after the first and up to the second.
    """
    before, through = span
    is_new = (F.col("sequence") > before) & (F.col("sequence") <= through) & (F.col("bytes") > 0)
    new_from = F.min(F.when(is_new, F.col("first_date"))).alias("captured_from")
    # In one pass: the ledger's log may be long, and each reading goes through it.
    ends = captures.groupBy("site_id").agg(*_ends(through, ""), *_ends(before, "_before"), new_from)
    both = ends.where("newest is not null").select(
        "site_id",
        "captured_from",
        _settled_until("").alias("settled_until"),
        _settled_until("_before").alias("settled_before"),
    )
    captured_from = F.when(F.col("captured_from") <= F.col("settled_until"), F.col("captured_from"))
    is_moved = F.col("settled_before") != F.col("settled_until")
    moved_from = F.when(is_moved, F.least(F.date_add("settled_before", 1), F.date_add("settled_until", 1)))
    changed = both.withColumn("changed_from", F.least(captured_from, moved_from))  # the one that is not null, if any
    return changed.where(F.col("changed_from").isNotNull()).select("site_id", "changed_from")


def _ends(through: int, suffix: str) -> tuple[Column, Column]:
    """The first day and the newest of a site by the ledger as it was then: `first`, `newest`."""
    is_known = (F.col("sequence") <= through) & F.col("complete_until").isNotNull()
    first = F.min(F.when(is_known, F.col("first_date"))).alias(f"first{suffix}")
    return first, F.max(F.when(is_known, F.col("complete_until"))).alias(f"newest{suffix}")


def _settled_until(suffix: str) -> Column:
    newest = F.col(f"newest{suffix}")
    month_end = F.date_sub(F.trunc(F.date_sub(newest, DAYS_UNTIL_SETTLED - 1), "month"), 1)
    is_long = F.datediff(month_end, F.col(f"first{suffix}")) + 1 >= _LEAST_DAYS
    return F.when(is_long, month_end).otherwise(newest)


def outside_base(changed: DataFrame, normals: DataFrame, period: Period) -> DataFrame:
    """Those of some changes that cannot touch normals: after the base period, at sites whose normals are all of it."""
    is_of_period = (F.col("base_from") == period[0]) & (F.col("base_until") == period[1])
    standard = normals.groupBy("site_id").agg(F.min(is_of_period.cast("int")).alias("is_standard"))
    after = changed.where(F.year("changed_from") > period[1])
    return after.join(standard.where(F.col("is_standard") == 1), "site_id", "left_semi")

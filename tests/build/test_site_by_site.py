"""Whole sites come out of batches that are cut anywhere."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import site_by_site
from meteolake.build.runs import runs_of
from meteolake.errors import BrokenAssumption


def batches(site_ids: list[str], size: int) -> list[pa.RecordBatch]:
    rows = pa.table({"site_id": pa.array(site_ids, pa.string()), "day": pa.array(range(len(site_ids)), pa.int32())})
    return [runs_of(batch, {"site_id"}) for batch in rows.to_batches(max_chunksize=size)]


@given(st.lists(st.integers(1, 9), max_size=8), st.integers(1, 7), st.integers(1, 20))
def test_every_row_comes_once_and_no_site_is_cut(days: list[int], size: int, rows_of_sites: int) -> None:
    site_ids = [f"site {number}" for number, count in enumerate(days) for _ in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_by_site, "_ROWS_OF_SITES", rows_of_sites)
        found = list(site_by_site.whole_sites(batches(site_ids, size)))
    assert [day for portion in found for day in portion["day"].to_pylist()] == list(range(len(site_ids)))
    portions_of = [site_id for portion in found for site_id in pc.unique(portion["site_id"]).to_pylist()]
    assert len(portions_of) == len(set(portions_of))


def test_a_site_in_several_parts_is_no_accepted_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_by_site, "_ROWS_OF_SITES", 2)
    with pytest.raises(BrokenAssumption, match="site a in several parts"):
        list(site_by_site.whole_sites(batches(["a", "a", "b", "b", "a"], 1)))


def test_an_engine_gives_each_site_in_a_row(spark: SparkSession) -> None:
    days = spark.range(60_000).select(
        F.concat(F.lit("site "), (F.col("id") % 7).cast("string")).alias("site_id"),
        F.date_add(F.lit("1990-01-01").cast("date"), (F.col("id") / 7).cast("int")).alias("date"),
    )

    def counted(found: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for portion in site_by_site.whole_sites(found):
            counts = portion.group_by("site_id").aggregate([("date", "count_distinct")])
            yield from counts.rename_columns(["site_id", "days"]).to_batches()

    rows = (
        site_by_site.by_site(days, {"site_id": "string", "date": "date"})
        .mapInArrow(counted, "site_id string, days long")
        .collect()
    )
    assert len(rows) == 7
    assert sum(row.days for row in rows) == 60_000

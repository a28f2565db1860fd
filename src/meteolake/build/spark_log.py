"""What the lake's tables tell of themselves through Spark, for clusters, which have no delta-rs."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import delta
from meteolake.lake.paths import Zones
from meteolake.tables import CAPTURES, Table


@dataclass(frozen=True)
class SparkWrite:
    """The newest write of a run to a table."""

    version: int
    inputs: Mapping[str, int]
    rows: int


@dataclass(frozen=True)
class SparkLog:
    """The logs of the tables, by the cluster's session."""

    spark: SparkSession
    zones: Zones

    def last_write(self, table: Table) -> SparkWrite | None:
        """The newest commit that a run made; maintenance commits are passed over."""
        for commit in delta.history(self.spark, self.zones, table):
            if commit.userMetadata:
                metrics = commit.operationMetrics or {}
                inputs = json.loads(commit.userMetadata)["inputs"]
                return SparkWrite(commit.version, inputs, int(metrics.get("numOutputRows", 0)))
        return None

    def newest_sequence(self, sources: Collection[str]) -> int:
        """The ledger's newest sequence number with something new of some sources."""
        return max((self._newest.get(source, 0) for source in sources), default=0)

    @cached_property
    def _newest(self) -> Mapping[str, int]:
        """By source; while tables are made, nothing is captured."""
        try:
            captures = delta.read(self.spark, self.zones, CAPTURES)
        except AnalysisException:
            return {}
        newest = captures.where(F.col("bytes") > 0).groupBy("source").agg(F.max("sequence").alias("newest"))
        return {row.source: row.newest for row in newest.collect()}

    def record(self, table: Table, metadata: Mapping[str, object]) -> None:
        """Commit only what a write would have recorded."""
        delta.record(self.spark, self.zones, table, metadata)

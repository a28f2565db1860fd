"""What making a table needs to know: the engine, where the lake lies, and what is new."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from meteolake.build import captured, delta
from meteolake.climate.normals import STANDARD_PERIOD, Period
from meteolake.lake.paths import Zones
from meteolake.tables import CAPTURES, WEATHER_DAILY, Table

Progress = Mapping[str, int]
"""How far each input has been read: a sequence number for the ledger (`captures`), versions for other tables."""


@dataclass(frozen=True)
class Context:
    """What making an output needs: the engine, where the lake lies, and which part of the inputs is new.

    `after` and `through` tell how far the output has read each input and how far it can now; `since` how far the tables
    that it compares with have read the ledger. Without an `after`, the output is made from the beginning.
    """

    spark: SparkSession
    zones: Zones
    ledger: captured.Ledger
    run_id: str
    after: Progress
    through: Progress
    since: Progress = field(default_factory=dict)
    period: Period = STANDARD_PERIOD
    most_refused: float = 1.0

    @property
    def is_first(self) -> bool:
        """Whether the output is made from the beginning."""
        return not self.after

    @property
    def span(self) -> captured.Span:
        """The ledger's sequence numbers that are new to the output."""
        return self.after.get(CAPTURES.name, 0), self.through[CAPTURES.name]

    @property
    def metadata(self) -> dict[str, object]:
        """What the commit records."""
        return {"run_id": self.run_id, "inputs": dict(self.through)}

    @property
    def archive(self) -> DataFrame:
        """The captures of the archive's newest model."""
        of_archive = self.read(CAPTURES).where(F.col("source") == captured.OPEN_METEO)
        return of_archive.where(F.col("product") == self.ledger.model)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that ever came from the archive."""
        return self.ledger.variables(captured.OPEN_METEO)

    @property
    def weather(self) -> DataFrame:
        """Daily weather of the archive's newest model."""
        return self.read(WEATHER_DAILY).where(F.col("source") == self.ledger.model)

    def read(self, table: Table) -> DataFrame:
        """A table of the lake."""
        return delta.read(self.spark, self.zones, table)

    def known(self, table: Table) -> DataFrame:
        """What the output's table holds; nothing where it is made from the beginning."""
        rows = self.read(table)
        return rows.limit(0) if self.is_first else rows

    def new_captures(self, source: str) -> DataFrame:
        """The captures of a source that are new to the output."""
        return captured.new_captures(self.read(CAPTURES), source, self.span)

    def replace_years(self, rows: DataFrame, table: Table, years: list[int]) -> None:
        """Commit the rows of some years, or of all where the table is made from the beginning."""
        if self.is_first:
            delta.replace_all(rows, self.zones, table, self.metadata)
        else:
            delta.replace_years(rows, self.zones, table, years, self.metadata)


def rows_of(captures: DataFrame) -> int:
    """How many rows captures hold, by the ledger."""
    return int(captures.agg(F.sum("rows").alias("rows")).collect()[0].rows or 0)

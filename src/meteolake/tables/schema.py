"""What a table is: its columns with type, unit and meaning, its key and partition."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from meteolake.variables import VARIABLES

Zone = Literal["raw", "trusted", "refined"]
Type = Literal["string", "date", "timestamp", "double", "int", "bigint", "boolean"]

ZONES: tuple[Zone, ...] = ("raw", "trusted", "refined")
QUANTILES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
LEAD_DAYS = tuple(range(1, 15))


@dataclass(frozen=True)
class Column:
    """A column: its type is Spark SQL's name, its unit the data's own ("" where it has none)."""

    name: str
    type: Type
    meaning: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A Delta table of a zone; `key` columns together name one row."""

    zone: Zone
    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partition: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Zone and name, as in SQL: `refined.forecast_daily`."""
        return f"{self.zone}.{self.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def ddl(self) -> str:
        """The schema as Spark SQL text: `site_id string, date date`."""
        return ddl(self.types)

    @property
    def types(self) -> dict[str, Type]:
        """The columns' types by name, in order."""
        return {column.name: column.type for column in self.columns}

    def of_variables(self, variables: Collection[str]) -> "Table":
        """The table without the columns of other weather variables."""
        kept = (column for column in self.columns if column.name in variables or column.name not in VARIABLES)
        return replace(self, columns=tuple(kept))


def ddl(types: Mapping[str, str]) -> str:
    """Columns with their types as Spark SQL text."""
    return ", ".join(f"{name} {kind}" for name, kind in types.items())


def quantile_column(quantile: float) -> str:
    """The column of a quantile: 0.05 → `q05`."""
    return f"q{round(quantile * 100):02d}"


SITE = Column("site_id", "string", "the site")
DATE = Column("date", "date", "day of the site's standard time")
YEAR = Column("year", "int", "year of the date; the partition")
VARIABLE = Column("variable", "string", "the weather variable, by its Open-Meteo name")
CAPTURED_AT = Column("captured_at", "timestamp", "when the value was captured")
RAW_OBJECT = Column("raw_object", "string", "path of the raw object that holds it, below the raw zone")
WEATHER = tuple(Column(entry.name, "double", entry.meaning, entry.unit) for entry in VARIABLES.values())

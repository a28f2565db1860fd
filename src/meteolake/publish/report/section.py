"""What the report's page is made of."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Table:
    """A table of the page; `rows` are shown as they are, numbers to the right."""

    title: str
    rows: pd.DataFrame

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Each column's name, and whether it holds numbers."""
        return [(str(name), pd.api.types.is_numeric_dtype(self.rows[name])) for name in self.rows.columns]

    @property
    def cells(self) -> list[list[tuple[str, bool]]]:
        """Each cell's text, and whether it is a number."""
        return [
            [(_shown(value), isinstance(value, int | float)) for value in row]
            for row in self.rows.itertuples(index=False)
        ]


@dataclass(frozen=True)
class Drawing:
    """A figure as SVG, and what it shows for those who cannot see it."""

    svg: str
    alternative: str

    @property
    def source(self) -> str:
        """The figure as a URL that holds it; so the names inside one figure stay apart from those of the others."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg.encode()).decode()}"


@dataclass(frozen=True)
class Section:
    """A heading, what it is about, drawings and tables."""

    title: str
    text: str
    drawings: Sequence[Drawing]
    tables: Sequence[Table] = field(default_factory=list)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}".replace("-", "−")
    return f"{value:,}" if isinstance(value, int) else str(value)

"""What the commands print: results to stdout, progress and errors to stderr, JSON on request."""

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from meteolake.pipeline.report import Stage

# Data and error texts may hold brackets, which must not be taken for markup.
out = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 160)
_GAP = 2  # between the columns of a table
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON document."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)  # servers tell where they are, and go on


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    right: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> None:
    """A table; columns in `right` hold numbers, and where lines are too long those in `optional` go, the last first."""
    cells = {name: [row[number] for row in _texts(rows)] for number, name in enumerate(columns)}
    left_out: list[str] = []
    while len(left_out) < len(optional) and _width(cells) > out.width:
        left_out.insert(0, optional[-len(left_out) - 1])
        del cells[left_out[0]]
    if title:
        out.print(title, style="bold")
    shown = Table(box=None, header_style="dim", pad_edge=False)
    for column in cells:
        shown.add_column(column, justify="right" if column in right else "left")
    for row in zip(*cells.values(), strict=True):
        shown.add_row(*map(Text, row))
    out.print(shown)
    if left_out:
        out.print(f"A wider terminal shows {', '.join(left_out)}, too.", style="dim")
    out.print()


def table_or_records(columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()) -> None:
    """A table where its lines fit, else each row as lines of its own: nothing of an answer is cut off."""
    texts = _texts(rows)
    if _width({name: [row[number] for row in texts] for number, name in enumerate(columns)}) <= out.width:
        table("", columns, texts, right)
        return
    longest = max(map(len, columns))
    for row in texts:
        for name, text in zip(columns, row, strict=True):
            out.print(f"{name:{longest}}  {text}".rstrip(), soft_wrap=True)
        out.print()


def _texts(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    return [["" if value is None else str(value) for value in row] for row in rows]


def _width(cells: Mapping[str, Sequence[str]]) -> int:
    """How long the lines of a table of columns are."""
    widths = [max(map(cell_len, (name, *texts))) for name, texts in cells.items()]
    return sum(widths) + _GAP * (len(widths) - 1)


class Display:
    """Shows on a terminal how a run goes, and says nothing elsewhere."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None) if progress else None

    def doing(self, what: str, done: int = 0, of: int | None = None) -> None:
        """What the run does now."""
        if self._progress and self._task is not None:
            counted = f" ({done:,} of {of:,})" if of else f" ({done:,})" if done else ""
            self._progress.update(self._task, description=what + counted)

    def finished(self, stage: "Stage") -> None:
        """A line for a stage that is over and brought something."""
        if self._progress and (stage.rows or stage.problems or stage.is_unfinished):
            self._progress.console.print(f"{stage.seconds:6.1f} s  {stage.name}: {summary(stage)}")


def has_live_display() -> bool:
    """Whether who reads the results has read the lines of the stages, too."""
    return out.is_terminal and err.is_terminal


@contextlib.contextmanager
def display(is_quiet: bool) -> Iterator[Display]:
    """A live display where stderr is a terminal."""
    if is_quiet or not err.is_terminal:
        yield Display(None)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        yield Display(progress)


def print_error(label: str, message: object) -> None:
    """An error, told on stderr."""
    err.print(Text(f"{label}:", style="bold red"), str(message))


def summary(stage: "Stage") -> str:
    """A stage's rows and notes in a few words."""
    rows = [_counted(name, count) for name, count in stage.rows.items() if not name.startswith("raw.")]
    took = [f"{amount:g} {unit.replace('_', ' ')}" for unit, amount in stage.took.items()]
    return "; ".join([*stage.notes, *rows, *took, *stage.problems])


def _counted(name: str, count: int) -> str:
    """The rows of a table of the lake; the name of anything else says what was counted."""
    return f"{count:,} rows {name}" if "." in name else f"{count:,} {name}"

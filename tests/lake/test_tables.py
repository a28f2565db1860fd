"""Tables without an engine: what is told where there is none, or none that can be read."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from meteolake.errors import LakeError
from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.tables import CAPTURES, SITES, Table

_NOBODY = 65534


@contextlib.contextmanager
def without_permission(folder: Path) -> Iterator[None]:
    """As a user who may not enter the folder; root may enter any."""
    folder.chmod(0)
    user = os.geteuid()
    os.seteuid(user or _NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o700)


def test_a_lake_that_may_not_be_read_is_told(zones: Zones, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    with (
        without_permission(tmp_path / "lake"),
        pytest.raises(LakeError, match=r"read at .*: Permission denied"),
    ):
        tables.exists(zones, SITES)


@pytest.mark.parametrize(
    ("table", "is_emptied", "said"),
    [
        (SITES, False, "run `meteolake run` first"),
        (SITES, True, "its log is empty; remove this folder"),
        (CAPTURES, True, "its log is empty; restore it"),
    ],
    ids=["none", "without its log", "the ledger"],
)
def test_what_to_do_about_a_missing_table_is_told(zones: Zones, table: Table, is_emptied: bool, said: str) -> None:
    if is_emptied:
        Path(zones.table(table), "_delta_log").mkdir(parents=True)
    with pytest.raises(LakeError, match=said):
        tables.open_table(zones, table)

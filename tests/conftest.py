"""What every test may use: the engine, started once, and the real data where it is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from meteolake.build import engine
from meteolake.lake.paths import Zones

_DATA = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A session of the embedded engine."""
    with engine.session("sail", memory_mb=1024) as session:
        yield session


@pytest.fixture
def zones(tmp_path: Path) -> Zones:
    """An empty lake of its own for each test."""
    return Zones.below(str(tmp_path / "lake"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real observations; tests that need it are skipped where it is missing."""
    if not _DATA.is_dir():
        pytest.skip(f"the real observations are not there ({_DATA.name}/ beside the checkout)")
    return _DATA

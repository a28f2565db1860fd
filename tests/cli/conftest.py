from pathlib import Path

import pytest

from meteolake.pipeline.settings import Settings


@pytest.fixture
def lake(filled: Settings) -> dict[str, str]:
    return {"METEOLAKE_LAKE_PATH": str(Path(filled.zones.raw).parent)}

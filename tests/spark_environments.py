"""Environments with classic PySpark, which `make` sets up beside the one of the tests."""

import shutil
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]


def spark_environment(name: str) -> Path:
    """Where an environment is; without it or without Java, the test is skipped and says what makes it."""
    found = _ROOT / name
    if not (found / "bin" / "python").exists():
        pytest.skip(f"there is no environment {name}: `make {name.removeprefix('.venv-')}` makes it")
    if shutil.which("java") is None:
        pytest.skip("Apache Spark needs a JDK 17 (Debian: apt install openjdk-17-jre-headless)")
    return found

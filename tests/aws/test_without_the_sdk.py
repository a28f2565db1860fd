"""Commands that need Amazon's SDK where it is not installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT_SDK = "import sys; sys.modules.update(boto3=None, botocore=None); from meteolake.cli.main import main; main()"


@pytest.mark.parametrize(
    "words",
    [
        ("aws", "ps"),
        ("aws", "deploy", "--yes"),
        ("run", "--on", "emr"),
        ("sql", "--on", "athena", "select 1"),
    ],
    ids=" ".join,
)
def test_say_how_to_install_it(words: tuple[str, ...], tmp_path: Path) -> None:
    line = [sys.executable, "-c", WITHOUT_SDK, *words]
    settings = {"METEOLAKE_LAKE_PATH": "s3://some-bucket/lake", "METEOLAKE_AWS_REGION": "eu-central-1"}

    finished = subprocess.run(line, cwd=tmp_path, env=os.environ | settings, capture_output=True, text=True, timeout=60)

    assert finished.returncode == 2, finished.stderr
    assert "pip install 'meteolake[aws]'" in finished.stderr
    assert finished.stdout == ""

"""Calls the commands as a user does: in a process and a folder of their own, without the caller's configuration."""

import os
import subprocess
import sys
from pathlib import Path


def command(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "meteolake", *words]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("METEOLAKE_")}
    return subprocess.run(line, cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=120)


def done(*words: str, cwd: Path, **environment: str) -> str:
    finished = command(*words, cwd=cwd, **environment)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def refused(*words: str, cwd: Path, status: int = 1, environment: dict[str, str] | None = None) -> str:
    finished = command(*words, cwd=cwd, **(environment or {}))
    assert finished.returncode == status, finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stdout == ""
    return " ".join(finished.stderr.split())

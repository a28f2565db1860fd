"""Ctrl-C while the engine works."""

import signal
import subprocess
import sys
from pathlib import Path

INTERRUPTED = """
import os, signal, threading, time
from meteolake.build import engine

def slow(batches):
    for batch in batches:
        time.sleep(2)
        yield batch

with engine.session("sail", 512) as spark:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    spark.range(10).mapInArrow(slow, "id long").collect()
"""


def test_an_interruption_ends_a_job_of_the_embedded_engine(tmp_path: Path) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert ended.returncode == -signal.SIGINT
    assert ended.stderr.rstrip().endswith("KeyboardInterrupt")

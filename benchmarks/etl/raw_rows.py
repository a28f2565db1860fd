"""What the peers share: which raw objects to read, and the vocabulary."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from meteolake.variables import PRECIPITATION, VARIABLES, WET_DAY_MM, RollUp

TEMPERATURES = ("temperature_2m_max", "temperature_2m_min", "temperature_2m_mean")
BASE = (1991, 2020)
NORMALS = ("mean", "spread", "q10", "q50", "q90", "wet_day_share")
WINDOW_DAYS = 31

__all__ = ["BASE", "NORMALS", "PRECIPITATION", "TEMPERATURES", "WET_DAY_MM", "WINDOW_DAYS", "RollUp", "objects", "run"]


def objects(lake: str, part: str) -> list[str]:
    """The paths of the raw objects: of the next day's run, or of all before."""
    paths = sorted(Path(lake).glob("raw/open_meteo/*/*.json.gz"))
    return [str(path) for path in paths if path.name.startswith("run9") == (part == "day")]


def run(work: Callable[[str, str, str, tuple[str, ...]], object]) -> None:
    """Run a contender with the arguments of its process: lake, folder for its tables, `full` or `day`, variables."""
    lake, folder, part, count = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    work(lake, folder, part, tuple(VARIABLES)[: int(count)])
    print(json.dumps({"seconds": time.perf_counter() - started}))

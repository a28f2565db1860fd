"""Stands in for Lambda: reads events, one JSON document a line, calls the function, writes what it answers."""

import importlib
import json
import sys
import time

started = time.perf_counter()
module, _, name = sys.argv[1].rpartition(".")
function = getattr(importlib.import_module(module), name)
print(json.dumps({"seconds": time.perf_counter() - started}), flush=True)
for line in sys.stdin:
    print(json.dumps(function(json.loads(line), None)), flush=True)

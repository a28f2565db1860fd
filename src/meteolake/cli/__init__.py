"""The commands: parse, call, print."""

import os

# The engine runs a task on each core; threads of NumPy's algebra beside them only wait for each other, at four times
# the processor time. NumPy reads this when it is loaded, so it must be said before. Spark says so to its own workers.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

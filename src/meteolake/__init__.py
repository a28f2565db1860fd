"""A weather data lake: capture, refine, forecast and serve daily weather."""

import os

# The engine runs a task on each core; threads of NumPy's algebra beside them only wait for each other, at four times
# the processor time. It reads this when it is loaded, so it must be said before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"

"""Benchmarks: ours beside what others use, in one run each."""

import os

# As the commands do; what the others run in threads of their own (numba, OpenMP) is left to them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

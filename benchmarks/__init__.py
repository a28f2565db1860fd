"""Benchmarks: ours beside what others use, in one run each."""

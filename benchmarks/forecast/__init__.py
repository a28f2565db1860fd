"""Forecasts beside what others use, on the same days and scored alike; and what ours cost for thousands of sites."""

import meteolake  # noqa: F401 (before NumPy, which is so told to keep to one thread)

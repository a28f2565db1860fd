"""Forecasts beside what others use, on the same days and scored alike; and what ours cost for thousands of sites."""

"""Probabilistic forecasts from history alone: NumPy, and nothing of the project."""

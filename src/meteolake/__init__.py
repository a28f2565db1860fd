"""A weather data lake: capture, refine, forecast and serve daily weather."""

__version__ = "0.1.0"

"""Capture, build, publish: one run from the sources to what is served."""

"""Our climate indices beside those of other software."""

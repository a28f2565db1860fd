"""Climate statistics: pure functions of arrays."""

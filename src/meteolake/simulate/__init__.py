"""Stand-ins for the sources: for demos, tests and load."""

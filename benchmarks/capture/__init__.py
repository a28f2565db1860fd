"""How fast sources are captured."""

"""Sources: plan what is missing, fetch it, hand over payloads."""

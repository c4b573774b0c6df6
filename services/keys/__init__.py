"""Keys that a person brings: stored, tested, rotated, undone."""

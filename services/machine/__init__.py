"""The machine itself: its facts, the logs of its services, its consoles."""

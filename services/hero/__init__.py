"""Clients of the Hero daemons, and the readers of what they say."""

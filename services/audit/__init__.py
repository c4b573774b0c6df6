"""Looking back: the audit, what happened by itself, and what changed."""

"""The views: draw what the service layer knows, one Flet page per feature."""

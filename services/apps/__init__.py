"""Apps: the catalog, what is installed, what is on offer."""

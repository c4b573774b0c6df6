"""Reports to the makers, with evidence."""

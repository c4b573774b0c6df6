"""Which apps this machine keeps: the file, its edits and its meaning."""

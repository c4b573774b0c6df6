"""Exports: the file, its parts, the trial, the restore, and what would be lost."""

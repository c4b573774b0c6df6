"""The command line: every operation, the servers, the preview node, a console."""

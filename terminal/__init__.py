"""The terminal: bytes into a screen and keys into bytes; knows no daemon, window or rights."""

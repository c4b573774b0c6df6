"""Amounts in the words of people."""


def size_text(size_bytes: int) -> str:
    """Return a size with its unit: `214 MB`."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 key`, `2 keys`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"

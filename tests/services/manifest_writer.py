"""One of several processes that edit the same manifest at once: `PATH FIRST HOW_MANY`."""

import asyncio
import sys
from pathlib import Path

from services.manifest.file import ManifestFile


async def write(path: Path, first: int, how_many: int) -> None:
    manifest = ManifestFile(path, demo=(), always_on=(), lock_wait_s=60)
    await asyncio.gather(*(manifest.keep(f"app_{n}") for n in range(first, first + how_many)))


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))

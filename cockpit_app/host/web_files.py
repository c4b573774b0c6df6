"""The catalogue of every file that a browser may ask for: Flet's client and our own assets.

A request is answered by looking its path up here, never by joining it to a directory, so no path
can lead outside. The build number is made from all contents and goes into every lasting URL.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath

import flet_web

_LEFT_OUT_FOLDERS = ("pyodide", "canvaskit/experimental_webparagraph", "icons")
_LEFT_OUT_SUFFIXES = frozenset({".symbols", ".map"})
_LEFT_OUT_STEMS = frozenset({"index", "manifest", "favicon", "python", "python-worker", "wimp"})
_FONT_MANIFEST = "assets/FontManifest.json"
_MEDIA_TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".frag": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".otf": "font/otf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
_PACKED_SUFFIXES = frozenset({".png", ".woff2"})
_WORTH_PACKING_BYTES = 1024


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file as a browser sees it."""

    name: str
    """Its path below the prefix, without a leading slash."""
    content: bytes | Path
    """The bytes themselves where they are made here, else where they lie."""
    size_bytes: int
    digest: str
    """SHA-256 of the content, hexadecimal."""

    @property
    def media_type(self) -> str:
        """The value of Content-Type."""
        return _MEDIA_TYPES.get(PurePosixPath(self.name).suffix, "application/octet-stream")

    @property
    def is_packable(self) -> bool:
        """True when compression makes it worthwhile smaller."""
        packed = PurePosixPath(self.name).suffix in _PACKED_SUFFIXES
        return not packed and self.size_bytes >= _WORTH_PACKING_BYTES

    def read(self) -> bytes:
        """Return the content; blocks on the disk."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass(frozen=True)
class WebFiles:
    """All files, by name."""

    by_name: Mapping[str, WebFile]
    build: str
    """Changes whenever any content changes; fit for a URL."""

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def __iter__(self) -> Iterator[WebFile]:
        return iter(self.by_name.values())

    def find(self, name: str) -> WebFile | None:
        """Return the file of that exact name, or None."""
        return self.by_name.get(name)


@cache
def web_files() -> WebFiles:
    """Return the catalogue; the first call reads every file once (about 50 MB)."""
    client = Path(flet_web.get_package_web_dir())
    found = dict(_client_files(client))
    found[_FONT_MANIFEST] = _made(_FONT_MANIFEST, _font_manifest(client))
    found.update((file.name, file) for file in _folder(_own_assets()))
    build = hashlib.sha256()
    for name in sorted(found):
        build.update(f"{name}={found[name].digest}\n".encode())
    return WebFiles(by_name=found, build=build.hexdigest()[:12])


def _own_assets() -> Path:
    """Return where our assets are: in the package when installed, beside it in a checkout."""
    package = files("cockpit_app")
    with as_file(package) as root:
        inside = root / "assets"
        return inside if inside.is_dir() else root.parent / "assets"


def _client_files(client: Path) -> Iterator[tuple[str, WebFile]]:
    for file in _folder(client):
        path = PurePosixPath(file.name)
        left_out = (
            path.suffix in _LEFT_OUT_SUFFIXES
            or path.stem in _LEFT_OUT_STEMS
            or "katex_fonts" in path.parts
            or file.name.startswith(tuple(f"{folder}/" for folder in _LEFT_OUT_FOLDERS))
        )
        if not left_out:
            yield file.name, file


def _folder(root: Path) -> Iterator[WebFile]:
    for path in sorted(root.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield WebFile(
                name=path.relative_to(root).as_posix(),
                content=path,
                size_bytes=len(content),
                digest=hashlib.sha256(content).hexdigest(),
            )


def _made(name: str, content: bytes) -> WebFile:
    digest = hashlib.sha256(content).hexdigest()
    return WebFile(name=name, content=content, size_bytes=len(content), digest=digest)


def _font_manifest(client: Path) -> bytes:
    """Return Flutter's list of fonts without those for formulas, with the Roboto that ships."""
    listed = json.loads((client / _FONT_MANIFEST).read_text("utf-8"))
    fonts = [font for font in listed if "KaTeX" not in font["family"]]
    fonts.append({"family": "Roboto", "fonts": [{"asset": "fonts/roboto.woff2"}]})
    return json.dumps(fonts).encode()

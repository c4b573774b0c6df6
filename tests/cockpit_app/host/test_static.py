"""Files: which are served, how, and that no path leads outside."""

import gzip
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit_app.host.asgi import web_app
from cockpit_app.host.packing import PackedFiles
from cockpit_app.host.settings import WebSettings
from cockpit_app.host.web_files import WebFile, web_files
from tests.cockpit_app.host import demo
from tests.cockpit_app.host.serving import eventually, serving_unix

LASTING = f"/_v/{web_files().build}"
BIG = "main.dart.mjs"


@asynccontextmanager
async def browsing(folder: Path, settings: WebSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport, base_url="http://cockpit.test") as client:
            yield client


def a_file(name: str = "a.js", content: bytes = b"x" * 5000) -> WebFile:
    return WebFile(name=name, content=content, size_bytes=len(content), digest=f"d{len(content)}")


async def test_a_lasting_url_is_cached_for_ever_and_a_plain_one_asked_again(
    folder: Path, settings: WebSettings
) -> None:
    async with browsing(folder, settings) as client:
        lasting = await client.get(f"{LASTING}/bridge.js")
        assert lasting.headers["cache-control"] == "public, max-age=31536000, immutable"
        plain = await client.get("/bridge.js")
        assert plain.headers["cache-control"] == "no-cache"
        former = await client.get("/_v/0123456789ab/bridge.js")
        assert former.headers["cache-control"] == "no-cache"
        assert lasting.content == plain.content == former.content
        assert (await client.get("/")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("bridge.js", "text/javascript; charset=utf-8"),
        ("main.dart.mjs", "text/javascript; charset=utf-8"),
        ("canvaskit/skwasm.wasm", "application/wasm"),
        ("icon.svg", "image/svg+xml"),
        ("icon-192.png", "image/png"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("fonts/DejaVuSansMono.ttf", "font/ttf"),
        ("assets/FontManifest.json", "application/json"),
        ("fonts/LICENSE-DejaVu.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_files_have_the_type_that_a_browser_needs(
    folder: Path, settings: WebSettings, name: str, media_type: str
) -> None:
    async with browsing(folder, settings) as client:
        answer = await client.get(f"{LASTING}/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


def test_every_file_has_a_known_type() -> None:
    without_type = {"assets/NOTICES", "assets/AssetManifest.bin"}
    odd = {file.name for file in web_files() if file.media_type == "application/octet-stream"}
    assert odd == without_type


def test_formula_fonts_and_the_python_of_browsers_are_left_out() -> None:
    names = [file.name for file in web_files()]
    assert not [name for name in names if "KaTeX" in name or "pyodide" in name]
    manifest = web_files().find("assets/FontManifest.json")
    assert manifest is not None
    assert b"KaTeX" not in manifest.read()
    assert b"Roboto" in manifest.read()


async def test_compressed_copies_are_sent_to_who_takes_them_once_they_are_made(
    folder: Path, settings: WebSettings
) -> None:
    original = web_files().find(BIG)
    assert original is not None
    async with browsing(folder, settings) as client:
        assert settings.cache_dir is not None
        copy = settings.cache_dir / f"{original.digest}.gz"
        await eventually(copy.exists, timeout_s=60)
        packed = await client.get(f"{LASTING}/{BIG}", headers={"accept-encoding": "br, gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "accept-encoding"
        assert int(packed.headers["content-length"]) < original.size_bytes / 2
        for refusing in ("identity", "", "br", "gzip;q=0", "gzip; q=0.0"):
            plain = await client.get(f"{LASTING}/{BIG}", headers={"accept-encoding": refusing})
            assert "content-encoding" not in plain.headers
            assert plain.headers["vary"] == "accept-encoding"
            assert plain.content == packed.content == original.read()


async def test_an_unchanged_file_is_not_sent_again(folder: Path, settings: WebSettings) -> None:
    async with browsing(folder, settings) as client:
        first = await client.get("/icon-192.png")
        etag = first.headers["etag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}'):
            again = await client.get("/icon-192.png", headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        other = await client.get("/icon-192.png", headers={"if-none-match": '"other"'})
        assert other.status_code == 200


@pytest.mark.parametrize("path", ["/", "/services", "/services/hero_books/log", "/jobs/7?tab=log"])
async def test_a_route_of_the_page_gets_the_index(
    folder: Path, settings: WebSettings, path: str
) -> None:
    async with browsing(folder, settings) as client:
        page = await client.get(path)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "Hero Cockpit" in page.text
        assert "JavaScript" in page.text
        assert 'lang="en"' in page.text


async def test_a_route_with_a_dot_is_a_page_when_the_browser_goes_there(
    folder: Path, settings: WebSettings
) -> None:
    async with browsing(folder, settings) as client:
        going = await client.get("/services/v1.2", headers={"sec-fetch-mode": "navigate"})
        assert going.status_code == 200
        assert (await client.get("/services/v1.2")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/no.such.file",
        "/_v/x/services",
        f"{LASTING}/no.such",
        f"{LASTING}/",
        "/index.html",
        "/python.js",
        "/pyodide/pyodide.mjs",
        "/main.dart.js.map",
        "/../pyproject.toml",
        "/..%2fpyproject.toml",
        "/%2e%2e/pyproject.toml",
        "/fonts/../../pyproject.toml",
        "/fonts/..%2f..%2fpyproject.toml",
        "/fonts%5c..%5c..%5cpyproject.toml",
        "//etc/passwd.txt",
        "/etc/passwd.txt",
        "/%00.js",
        f"{LASTING}/../../pyproject.toml",
        f"{LASTING}/%2e%2e/%2e%2e/pyproject.toml",
    ],
)
async def test_what_is_not_in_the_catalogue_is_not_found(
    folder: Path, settings: WebSettings, path: str
) -> None:
    async with browsing(folder, settings) as client:
        # httpx would tidy the path up; a rude client does not.
        request = client.build_request("GET", "http://cockpit.test/")
        request.url = httpx.URL("http://cockpit.test", raw_path=path.encode())
        answer = await client.send(request)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/plain")


@given(st.text(max_size=40))
def test_only_listed_names_are_found(name: str) -> None:
    found = web_files().find(name)
    assert found is None or found.name == name


async def test_a_font_that_flutter_asks_for_by_glyph_is_our_one_font(
    folder: Path, settings: WebSettings
) -> None:
    headers = {"X-Forwarded-Prefix": "/hero_cockpit/web"}
    async with browsing(folder, settings) as client:
        answer = await client.get(
            f"{LASTING}/assets/fonts/notosanssc/v37/abc.89.woff2", headers=headers
        )
        assert answer.status_code == 307
        assert answer.headers["location"] == f"/hero_cockpit/web{LASTING}/fonts/DejaVuSans.ttf"
        font = await client.get(answer.headers["location"], headers=headers)
        assert (font.status_code, font.headers["content-type"]) == (200, "font/ttf")


async def test_part_of_a_file_can_be_asked_for(folder: Path, settings: WebSettings) -> None:
    whole = web_files().find("icon-192.png")
    assert whole is not None
    async with browsing(folder, settings) as client:
        part = await client.get("/icon-192.png", headers={"range": "bytes=1-3"})
        assert (part.status_code, part.content) == (206, whole.read()[1:4])


async def test_a_copy_that_was_deleted_or_cut_short_is_not_sent(tmp_path: Path) -> None:
    file = a_file()
    packed = PackedFiles(tmp_path)
    await packed.pack([file])
    copy = packed.copy_of(file)
    assert copy is not None
    assert gzip.decompress(copy.read_bytes()) == file.read()
    copy.write_bytes(copy.read_bytes()[:-4])
    again = PackedFiles(tmp_path)
    await again.pack([file])
    mended = again.copy_of(file)
    assert mended is not None
    assert gzip.decompress(mended.read_bytes()) == file.read()
    mended.unlink()
    assert again.copy_of(file) is None


async def test_small_and_packed_files_are_not_compressed(tmp_path: Path) -> None:
    packed = PackedFiles(tmp_path)
    small, picture = a_file(content=b"x" * 1023), a_file(name="a.png")
    await packed.pack([small, picture])
    assert list(tmp_path.iterdir()) == []
    assert packed.copy_of(small) is packed.copy_of(picture) is None


async def test_copies_that_nobody_used_for_a_month_are_forgotten(tmp_path: Path) -> None:
    old, recent = tmp_path / "old.gz", tmp_path / "recent.gz"
    old.write_bytes(b"")
    recent.write_bytes(b"")
    month_ago = time.time() - 31 * 86400
    os.utime(old, (month_ago, month_ago))
    await PackedFiles(tmp_path).pack([a_file()])
    assert not old.exists()
    assert recent.exists()


async def test_without_a_place_for_copies_plain_files_are_served(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    async with browsing(folder, WebSettings(cache_dir=blocked / "below")) as client:
        await eventually(lambda: "sent uncompressed" in caplog.text)
        assert (await client.get(f"{LASTING}/{BIG}")).status_code == 200

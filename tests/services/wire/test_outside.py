"""The way to the world against real servers: plain, TLS, absent, silent, rude."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.errors import CockpitError, Invalid, Refused
from services.wire.node import LocalNode
from services.wire.outside import Outside
from services.wire.outside_address import host_of, read_address
from services.wire.outside_faults import Fault, OutsideError
from tests.services.daemons import Request, http, serving

KEY = "gsk_very-secret-value"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@asynccontextmanager
async def tcp(
    answer: bytes, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Serve one answer on loopback; gives the port and the requests' heads."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            if answer == b"silence":
                await reader.read()
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], heads
    finally:
        server.close()
        await server.wait_closed()


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return contexts of a server named `name` and of a client that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


def outside(sockets: Path, **more: Any) -> Outside:
    return Outside(LocalNode(), sockets, **more)


async def fault_of(way: Outside, base: str, **more: Any) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await way.request("GET", base, "/x", headers=HEADERS, **more)
    assert KEY not in str(caught.value) + repr(caught.value) + caught.value.detail
    return caught.value


async def test_a_unix_address_reaches_a_socket_below_the_directory(sockets: Path) -> None:
    async def handle(request: Request) -> bytes:
        return http(
            json.dumps({"target": request.target, **request.headers, "body": request.body.decode()})
        )

    async with serving(sockets / "outside" / "rpc.sock", handle):
        answer = await outside(sockets).request(
            "POST", "unix:outside/rpc.sock:/groq/v1", "/models", headers=HEADERS, json={"a": 1}
        )
    said = answer.json()
    assert (answer.status, said["target"]) == (200, "/groq/v1/models")
    assert (said["authorization"], json.loads(said["body"])) == (f"Bearer {KEY}", {"a": 1})
    assert "cookie" not in said
    assert KEY not in repr(answer)
    assert answer.headers["content-type"] == "application/json"


async def test_names_below_localhost_are_this_machine(sockets: Path) -> None:
    async with tcp(http("{}")) as (port, heads):
        answer = await outside(sockets).request("GET", f"http://mik.localhost:{port}/p", "q")
    assert answer.status == 200
    assert heads[0].startswith(b"GET /p/q HTTP/1.1\r\n")
    assert f"host: mik.localhost:{port}".encode() in heads[0].lower()


async def test_tls_is_checked_against_what_is_trusted(sockets: Path) -> None:
    server, trust = certificate(sockets, "api.localhost")
    async with tcp(http("{}"), tls=server) as (port, heads):
        good = outside(sockets, trust=trust)
        assert (await good.request("GET", f"https://api.localhost:{port}", "/")).status == 200
        for way, name in ((good, "other.localhost"), (outside(sockets), "api.localhost")):
            error = await fault_of(way, f"https://{name}:{port}")
            assert error.fault is Fault.TLS
            assert "nothing was sent" in error.message
            assert not error.may_have_arrived
    assert len(heads) == 1


async def test_redirects_are_not_followed(sockets: Path) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with tcp(moved) as (port, _):
        answer = await outside(sockets).request("GET", f"http://localhost:{port}", "/")
    assert answer.status == 302


async def test_nobody_there_is_refused_and_nothing_was_sent(sockets: Path) -> None:
    for base in (f"http://127.0.0.1:{closed_port()}", "unix:nobody/rpc.sock:/x"):
        error = await fault_of(outside(sockets), base)
        assert (error.fault, error.may_have_arrived) == (Fault.REFUSED, False)


async def test_a_name_that_is_none_is_told_apart(sockets: Path) -> None:
    error = await fault_of(outside(sockets), "https://no-such-host.invalid")
    assert error.fault is Fault.NO_NAME
    assert "no-such-host.invalid cannot be looked up" in error.message


async def test_silence_and_hanging_up_may_have_arrived(sockets: Path) -> None:
    async with tcp(b"silence") as (port, _):
        error = await fault_of(outside(sockets), f"http://127.0.0.1:{port}", timeout_s=0.3)
        assert (error.fault, error.may_have_arrived) == (Fault.SILENT, True)
    for cut in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"):
        async with tcp(cut) as (port, _):
            error = await fault_of(outside(sockets), f"http://127.0.0.1:{port}")
            assert (error.fault, error.may_have_arrived) == (Fault.CUT, True)


async def test_a_connection_that_is_not_taken_in_time_was_never_sent(sockets: Path) -> None:
    server, trust = certificate(sockets, "api.localhost")
    del server

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(deaf, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    way = outside(sockets, trust=trust)
    error = await fault_of(way, f"https://api.localhost:{port}", timeout_s=0.3)
    assert (error.fault, error.may_have_arrived) == (Fault.NO_CONNECTION, False)
    listening.close()
    await listening.wait_closed()


async def test_what_is_no_http_or_too_long_is_refused(sockets: Path) -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000
    async with tcp(long) as (port, _):
        with pytest.raises(Refused, match="more than 1 MiB"):
            await outside(sockets).request("GET", f"http://127.0.0.1:{port}", "/")
    async with tcp(b"SSH-2.0-OpenSSH_9.2\r\n\r\n") as (port, _):
        error = await fault_of(outside(sockets), f"http://127.0.0.1:{port}")
        assert error.fault is Fault.CUT


async def test_the_environment_names_no_proxy_but_settings_do(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed_port()}")
    async with tcp(http("{}")) as (port, heads):
        assert (
            await outside(sockets).request("GET", f"http://a.localhost:{port}", "/")
        ).status == 200
        through = outside(sockets, proxy=f"http://127.0.0.1:{port}")
        answer = await through.request("GET", "http://models.example/v1", "/m", clear=True)
        assert answer.status == 200
        assert (await through.request("GET", f"http://b.localhost:{port}", "/")).status == 200
    assert heads[1].startswith(b"GET http://models.example/v1/m HTTP/1.1\r\n")
    assert heads[2].startswith(b"GET / HTTP/1.1\r\n"), "what stays here meets no proxy"


async def test_whether_anybody_is_there_is_found_out_without_sending(sockets: Path) -> None:
    async def handle(request: Request) -> bytes:
        raise AssertionError(request)

    way = outside(sockets)
    async with tcp(b"") as (port, heads), serving(sockets / "o.sock", handle) as server:
        assert await way.reaches(f"https://127.0.0.1:{port}")
        assert await way.reaches("unix:o.sock:/")
        assert heads == []
        assert server.requests == []
    assert not await way.reaches(f"http://127.0.0.1:{closed_port()}")
    assert not await way.reaches("unix:o.sock:/")
    assert not await way.reaches("https://no-such-host.invalid")


BAD_VALUES = [f"{KEY}\r\nHost: evil", f"{KEY}…", f"{KEY}\x00", f" {KEY}", f"{KEY}\ud800"]


@pytest.mark.parametrize("value", BAD_VALUES)
async def test_a_header_that_http_cannot_carry_is_refused_without_showing_it(
    sockets: Path, value: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await outside(sockets).request("GET", "unix:o.sock:/", "/", headers={"x-api-key": value})
    assert KEY not in str(caught.value)
    assert "x-api-key" in caught.value.message


NO_ADDRESSES = [
    "",
    "ftp://a.b",
    "https://",
    "https://u:p@a.b",
    "https://a.b?x=1",
    "https://a.b:99999",
]
NO_ADDRESSES += [
    "unix:",
    "unix:/etc/x.sock:/",
    "unix:../x.sock:/",
    "https://ä.b",
    "unix:a\nb:/",
    "a.b",
]


@pytest.mark.parametrize("base", NO_ADDRESSES)
def test_an_address_that_is_none_is_invalid(base: str) -> None:
    with pytest.raises(Invalid):
        host_of(base)


@pytest.mark.parametrize("host", ["models.example", "10.0.0.1", "127.0.0.1.example", "[2001::1]"])
def test_http_leads_to_other_machines_only_for_what_holds_no_secret(host: str) -> None:
    with pytest.raises(Invalid, match="Use https"):
        host_of(f"http://{host}/v1")
    assert not read_address(f"http://{host}/v1", "/", clear=True).is_here
    assert not read_address(f"https://{host}/v1", "/").is_here


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.9", "[::1]"])
def test_http_leads_to_this_machine(host: str) -> None:
    assert read_address(f"http://{host}:81/v1", "/").is_here


@pytest.mark.parametrize("path", ["/a b", "/ä", "/a\r\nb", "/\x7f"])
def test_a_path_that_http_cannot_carry_is_invalid(path: str) -> None:
    with pytest.raises(CockpitError):
        read_address("https://a.b", path)


def test_people_are_told_the_host_and_never_the_path() -> None:
    assert host_of("https://api.groq.com/openai/v1") == "api.groq.com"
    assert host_of("unix:outside/rpc.sock:/groq") == "the stand-in at outside/rpc.sock"

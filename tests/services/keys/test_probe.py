"""Who is to blame when a provider does not answer, and where a key goes."""

from dataclasses import replace
from pathlib import Path

from services.clock import SystemClock
from services.contract.key import KeyReason, KeyTest
from services.keys.probe import KeyProbe
from services.keys.providers import Provider
from services.wire.node import LocalNode
from services.wire.outside import Outside
from tests.services.daemons import Handler, HttpServer, Request, http, serving
from tests.services.keyed import table

KEY = "gsk_0123456789abcdef"
OPENAI, GROQ = "unix:openai.sock:/v1", "unix:groq.sock:/openai/v1"


def rows() -> tuple[Provider, ...]:
    return tuple(
        replace(p, address={"openai": OPENAI, "groq": GROQ}[p.slug])
        for p in table()
        if p.slug in {"openai", "groq"}
    )


async def groq_tested(sockets: Path, address: str = GROQ) -> KeyTest:
    providers = [replace(p, address=address) if p.slug == "groq" else p for p in rows()]
    probe = KeyProbe(Outside(LocalNode(), sockets), providers, SystemClock())
    return await probe.test(providers[0], KEY)


def saying(body: bytes) -> Handler:
    async def handle(request: Request) -> bytes:
        return body

    return handle


async def test_a_key_goes_to_its_own_provider_and_nowhere_else(sockets: Path) -> None:
    async with (
        serving(sockets / "groq.sock", saying(http('{"data": []}'))) as groq,
        serving(sockets / "openai.sock", saying(http("{}"))) as openai,
    ):
        assert (await groq_tested(sockets)).reason is KeyReason.WORKS
        (request,) = groq.requests
        assert (request.verb, request.target) == ("GET", "/openai/v1/models")
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert openai.requests == []


async def test_one_that_is_away_while_others_are_there_is_down(sockets: Path) -> None:
    async with serving(sockets / "openai.sock", saying(http("{}"))) as other:
        test = await groq_tested(sockets)
        assert other.requests == []
    assert test.reason is KeyReason.PROVIDER_DOWN
    assert "Others can be reached from here." in test.sentence


async def test_when_nobody_can_be_reached_it_is_the_network(sockets: Path) -> None:
    test = await groq_tested(sockets)
    assert test.reason is KeyReason.NO_NETWORK
    assert "cannot be reached from this machine" in test.sentence


async def test_a_name_that_cannot_be_looked_up_is_the_network(sockets: Path) -> None:
    test = await groq_tested(sockets, "https://api.groq.invalid/openai/v1")
    assert (test.reason, test.asked) == (KeyReason.NO_NETWORK, "api.groq.invalid")


async def test_one_that_hangs_up_is_down(sockets: Path) -> None:
    async with serving(sockets / "groq.sock", saying(b"")) as server:
        server.ends_after_each = True
        assert (await groq_tested(sockets)).reason is KeyReason.PROVIDER_DOWN


async def test_a_page_or_rubbish_leaves_it_unclear(sockets: Path) -> None:
    for body in (http("<html>Sign in</html>", kind="text/html"), http("x" * 1_100_000)):
        async with serving(sockets / "groq.sock", saying(body)):
            test = await groq_tested(sockets)
        assert test.reason is KeyReason.UNCLEAR
        assert KEY not in test.model_dump_json()


async def test_a_test_tells_who_was_asked_and_how_long_it_took(sockets: Path) -> None:
    server = HttpServer(sockets / "groq.sock", saying(http('{"data": []}')))
    await server.start()
    test = await groq_tested(sockets)
    await server.stop()
    assert test.asked == "the stand-in at groq.sock"
    assert 0 <= test.took_ms < 5000

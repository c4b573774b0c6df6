"""Feedback: evidence without secrets, and reports that are filed, lost or left to the person."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.claims import Identity, Right, acting_as
from services.contract.audit import Event, EventKind
from services.contract.feedback import MAX_EVIDENCE_CHARS, Category, FeedbackReceipt, SubmitFeedback
from services.errors import Refused, Unreachable
from services.feedback.forge import MAX_ADDRESS_CHARS
from services.feedback.reports import Token
from tests.services.clocks import HandClock
from tests.services.daemons import Handler, HttpServer, Request, http, serving
from tests.services.keyed import GROQ, Keyed, keyed

OWNER = Identity(user="mik", via="rpc", right=Right.ADMIN)
OPERATOR = Identity(user="mik", via="web", right=Right.WRITE, impersonator="ops")
KEY = "gsk_q7Hn2Lw9xZcT4vB0yR6"
OTHER = "unix:forge.sock:/forge"


def token(value: str | None) -> Token:
    async def give() -> str | None:
        return value

    return give


async def no_answer() -> str | None:
    raise Unreachable("hero_proc is away.")


def report(**more: Any) -> SubmitFeedback:
    return SubmitFeedback(
        **{"title": "Books is slow", "body": "I searched.", "category": Category.WISH, **more}
    )


async def sent(
    parts: Keyed, *tokens: Token, forge: str = "unix:outside/rpc.sock:/forge", **more: Any
) -> FeedbackReceipt:
    with acting_as(OWNER):
        return await parts.feedback(tokens=tokens, forge=forge).submit(report(**more))


async def issues(parts: Keyed) -> Sequence[dict[str, Any]]:
    answer = await parts.outside.request(
        "GET", "unix:outside/rpc.sock:/forge", "/api/v1/repos/lhumina_public/feedback/issues"
    )
    filed: Sequence[dict[str, Any]] = answer.json()
    return filed


async def test_evidence_tells_versions_states_the_last_minutes_and_logs_of_troubled_services(
    sockets: Path,
) -> None:
    now = datetime.now(UTC)
    events = [
        Event(
            at=now - timedelta(minutes=2),
            kind=EventKind.CRASH,
            service="hero_books",
            sentence="It died.",
        ),
        Event(
            at=now - timedelta(minutes=20),
            kind=EventKind.CRASH,
            service="hero_books",
            sentence="Long ago.",
        ),
    ]
    async with keyed(sockets) as parts:
        await parts.machine.add("hero_voice")
        parts.machine.supervisor.add("hero_books", state="failed", pid=None, sockets=[])
        made = parts.feedback(events=events, lines=["panic at line 7\x1b[31m", "x" * 900])
        evidence = await made.prepare()
    for wanted in ("hero_cockpit 1.2.3", "hero_books (unknown)", "hero_voice running", "It died."):
        assert wanted in evidence.text
    assert "## Log of hero_books\npanic at line 7 [31m\n" in evidence.text
    assert "Log of hero_voice" not in evidence.text
    assert "Long ago." not in evidence.text
    assert evidence.removed == 0
    assert "Look it through before you send it." in evidence.sentence


async def test_evidence_holds_no_live_secret_in_any_guise(sockets: Path) -> None:
    lines = [f"key {KEY}", KEY[::-1], base64.b64encode(KEY.encode()).decode(), f"cut {KEY[3:12]}"]
    lines += ["owner mik@example.org", "theme sunny-valley-9"]
    async with keyed(sockets) as parts:
        parts.secrets.values |= {f"core/{GROQ}": KEY, "cockpit/OTHER": "sunny-valley-9"}
        parts.machine.supervisor.add("hero_books", state="failed", pid=None, sockets=[])
        evidence = await parts.feedback(lines=lines).prepare()
    for at in range(len(KEY) - 7):
        assert KEY[at : at + 8] not in evidence.text
        assert KEY[::-1][at : at + 8] not in evidence.text
    assert "sunny-valley" not in evidence.text
    assert "example.org" not in evidence.text
    assert evidence.removed == 6
    assert evidence.sentence.startswith("6 texts that are or look like secrets were taken out.")


async def test_evidence_says_what_could_not_be_read_or_made_sure_of(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        await parts.machine.daemon.stop()
        evidence = await parts.feedback().prepare()
    assert "none is known" in evidence.text
    assert "could not be compared" in evidence.sentence


async def test_evidence_is_cut_to_what_can_be_sent_back(sockets: Path) -> None:
    now = datetime.now(UTC)
    event = Event(at=now, kind=EventKind.STATE, service="hero_books", sentence="words " * 80)
    async with keyed(sockets) as parts:
        evidence = await parts.feedback(events=[event] * 300).prepare()
    assert len(evidence.text) == MAX_EVIDENCE_CHARS
    assert evidence.text.endswith("(the rest was cut off)")


async def test_a_report_is_filed_with_the_users_token(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        receipt = await sent(parts, token("a-good-token"), evidence="```\nlines\n```")
        (issue,) = await issues(parts)
    assert (receipt.filed, receipt.number) == (True, 1)
    assert (
        receipt.address == "http://127.0.0.1:9/outside/rpc/forge/lhumina_public/feedback/issues/1"
    )
    assert receipt.sentence == "Your report is filed as number 1."
    assert issue["title"] == "Books is slow"
    assert "I searched.\n\nCategory: wish" in issue["body"]
    assert "``````\n```\nlines\n```\n``````" in issue["body"]


async def test_the_next_token_is_tried_where_one_is_missing_or_not_accepted(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        receipt = await sent(parts, no_answer, token(None), token("wrong"), token("good"))
    assert receipt.filed


@pytest.mark.parametrize(
    ("tokens", "why"),
    [
        ((), "There is no token of the Forge here."),
        ((token("wrong"),), "needs the scope write:issue"),
        ((token("scope"),), "needs the scope write:issue"),
        ((token("limited"),), "HTTP status 429"),
    ],
)
async def test_without_a_good_token_the_page_is_given_filled_in(
    sockets: Path, tokens: Sequence[Token], why: str
) -> None:
    async with keyed(sockets) as parts:
        receipt = await sent(parts, *tokens, evidence="facts")
        assert await issues(parts) == []
    assert (receipt.filed, receipt.number) == (False, None)
    assert why in receipt.sentence
    assert "Nothing was filed." in receipt.sentence
    page = urlsplit(receipt.address)
    assert page.path == "/lhumina_public/feedback/issues/new"
    fields = parse_qs(page.query)
    assert (fields["template"], fields["title"]) == (["feedback"], ["Books is slow"])
    assert "facts" in fields["body"][0]


async def test_nobody_files_a_report_with_the_token_of_another(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        with acting_as(OPERATOR):
            receipt = await parts.feedback(tokens=[token("good")]).submit(report())
        assert await issues(parts) == []
    assert (receipt.filed, receipt.number) == (False, None)
    assert receipt.sentence.startswith("ops acts in the name of mik here")
    assert "Nothing was filed." in receipt.sentence
    assert parse_qs(urlsplit(receipt.address).query)["title"] == ["Books is slow"]


async def test_a_long_report_makes_an_address_of_sane_length_and_says_so(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        receipt = await sent(parts, evidence="ä lône line\n" * 3000)
    assert len(receipt.address) <= MAX_ADDRESS_CHARS
    assert len(receipt.address) > MAX_ADDRESS_CHARS - 20
    assert "shortened" in receipt.sentence
    assert parse_qs(urlsplit(receipt.address).query)["body"][0].endswith("(shortened)")


def answering(body: bytes) -> Handler:
    async def handle(request: Request) -> bytes:
        return body

    return handle


@pytest.mark.parametrize("body", [b"", http("{}", 502), http("x" * 1_100_000)])
async def test_a_lost_answer_says_that_it_may_have_been_filed(sockets: Path, body: bytes) -> None:
    rude = serving(sockets / "forge.sock", answering(body), ends_after_each=not body)
    async with keyed(sockets) as parts, rude:
        receipt = await sent(parts, token("t"), forge=OTHER)
    assert not receipt.filed
    assert "may have been filed all the same" in receipt.sentence
    assert receipt.address == "https://forge.ourworld.tf/lhumina_public/feedback/issues"


async def test_a_forge_that_is_not_there_has_filed_nothing(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        receipt = await sent(parts, token("t"), forge=OTHER)
    assert "Nothing was filed." in receipt.sentence
    assert "template=feedback" in receipt.address


@pytest.mark.parametrize("said", [{}, {"number": True}, {"number": "7"}, []])
async def test_a_forge_that_gives_no_number_has_filed_it_all_the_same(
    sockets: Path, said: Any
) -> None:
    forge = serving(sockets / "forge.sock", answering(http(json.dumps(said), 201)))
    async with keyed(sockets) as parts, forge:
        receipt = await sent(parts, token("t"), forge=OTHER)
    assert (receipt.filed, receipt.number) == (True, None)
    assert receipt.sentence == "Your report is filed."


async def test_an_address_of_another_host_is_not_believed(sockets: Path) -> None:
    said = {"number": 7, "html_url": "https://evil.example/7"}
    forge = serving(sockets / "forge.sock", answering(http(json.dumps(said), 201)))
    async with keyed(sockets) as parts, forge:
        receipt = await sent(parts, token("t"), forge=OTHER)
    assert receipt.address == "https://forge.ourworld.tf/lhumina_public/feedback/issues/7"


async def test_a_live_key_in_a_report_never_leaves(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        parts.secrets.values[f"core/{GROQ}"] = KEY
        more = {
            "title": f"No {KEY}",
            "body": f"My {KEY[::-1]} mik@example.org",
            "evidence": KEY[4:],
        }
        receipt = await sent(parts, token("good"), **more)
        (issue,) = await issues(parts)
        by_hand = await sent(parts, **more)
    for text in (issue["title"] + issue["body"], by_hand.address):
        for at in range(len(KEY) - 7):
            assert KEY[at : at + 8] not in text
            assert KEY[::-1][at : at + 8] not in text
    assert "mik@example.org" in issue["body"]
    assert "taken out" in receipt.sentence


async def test_when_live_keys_are_not_known_whatever_looks_like_one_goes(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        await parts.machine.daemon.stop()
        receipt = await sent(parts, token("good"), body="password: correct-horse")
        (issue,) = await issues(parts)
    assert "correct-horse" not in issue["body"]
    assert "could not be compared" in receipt.sentence


async def test_three_reports_a_minute_are_enough(sockets: Path) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        feedback = parts.feedback()
        with acting_as(OWNER):
            for _ in range(3):
                await feedback.submit(report())
            with pytest.raises(Refused, match="3 times in 1 minute"):
                await feedback.submit(report())
            clock.advance(60)
            await feedback.submit(report())


async def test_what_is_sent_to_the_forge_is_a_plain_issue(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        server: HttpServer
        async with serving(sockets / "forge.sock", answering(http('{"number": 1}', 201))) as server:
            await sent(parts, token("t0ken"), forge=OTHER)
    (request,) = server.requests
    assert (request.verb, request.target) == (
        "POST",
        "/forge/api/v1/repos/lhumina_public/feedback/issues",
    )
    assert request.headers["authorization"] == "token t0ken"
    assert set(json.loads(request.body)) == {"title", "body"}

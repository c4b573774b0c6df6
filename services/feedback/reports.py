"""Feedback: evidence that the person sees first, and a report that is truly filed or is not."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.claims import current_identity
from services.clock import Clock
from services.contract.feedback import (
    MAX_EVIDENCE_CHARS,
    Category,
    Evidence,
    FeedbackReceipt,
    SubmitFeedback,
)
from services.errors import CockpitError, NotAllowed
from services.feedback.evidence import EvidenceCollector
from services.feedback.forge import Forge, Unsure
from services.limits import RateLimit
from services.text.redaction import Redacted, Redactor
from services.wire.outside_faults import OutsideError

REPORTS_PER_MINUTE = 3
_CUT = "\n(the rest was cut off)"

Secrets = Callable[[], Awaitable[Sequence[str]]]
Token = Callable[[], Awaitable[str | None]]
"""Gives a token of the Forge for the caller; None when there is none. May raise."""


@dataclass(frozen=True, slots=True)
class _Report:
    title: str
    body: str
    note: str
    """What was done to it, as a sentence; empty normally."""


class Feedback:
    """Reports to the makers."""

    def __init__(
        self,
        forge: Forge,
        evidence: EvidenceCollector,
        clock: Clock,
        *,
        secrets: Secrets,
        tokens: Sequence[Token],
    ) -> None:
        """`secrets` gives the live ones to take out; `tokens` are tried in their order."""
        self._forge = forge
        self._evidence = evidence
        self._secrets = secrets
        self._tokens = tuple(tokens)
        self._limit = RateLimit(clock, times=REPORTS_PER_MINUTE, per_s=60, what="Sending a report")

    async def prepare(self) -> Evidence:
        """Return evidence without secrets; what could not be made sure of is said."""
        text = await self._evidence.collect()
        redactor, doubt = await self._redactor()
        clean = await asyncio.to_thread(redactor.redact, text)
        shown = clean.text
        if len(shown) > MAX_EVIDENCE_CHARS:
            shown = shown[: MAX_EVIDENCE_CHARS - len(_CUT)] + _CUT
        return Evidence(
            text=shown,
            removed=clean.removed,
            sentence=" ".join([_removed(clean), "Look it through before you send it.", *doubt]),
        )

    async def submit(self, params: SubmitFeedback) -> FeedbackReceipt:
        """File a report if anybody's token allows it, else return the page to file it on.

        Whoever acts in another's name gets the page: a report is filed with its writer's token.
        """
        identity = current_identity()
        self._limit.take(identity.name)
        report = await self._cleaned(params)
        if identity.impersonator:
            return self._by_hand(
                report,
                f"{identity.impersonator} acts in the name of {identity.name} here, whose token "
                "of the Forge is not used for that.",
            )
        refusals: list[str] = []
        for give in self._tokens:
            token = await _given(give)
            if not token:
                continue
            try:
                return await self._filed(token, report)
            except NotAllowed as error:
                refusals.append(error.message)
            except (OutsideError, Unsure) as error:
                return self._lost(error, report)
            except CockpitError as error:
                return self._by_hand(report, error.message)
        why = refusals[0] if refusals else "There is no token of the Forge here."
        return self._by_hand(report, why)

    async def _filed(self, token: str, report: _Report) -> FeedbackReceipt:
        issue = await self._forge.file(token, title=report.title, body=report.body)
        number = "" if issue.number is None else f" as number {issue.number}"
        said = f"Your report is filed{number}."
        return FeedbackReceipt(
            filed=True,
            address=issue.address,
            number=issue.number,
            sentence=f"{said} {report.note}".strip(),
        )

    def _lost(self, error: OutsideError | Unsure, report: _Report) -> FeedbackReceipt:
        """Return the receipt of a report whose answer never came."""
        if isinstance(error, OutsideError) and not error.may_have_arrived:
            return self._by_hand(report, error.message)
        return FeedbackReceipt(
            filed=False,
            address=self._forge.issues_page,
            sentence=f"{error.message} The report may have been filed all the same: look at the "
            "page before you send it again.",
        )

    def _by_hand(self, report: _Report, why: str) -> FeedbackReceipt:
        address, shortened = self._forge.prefilled(title=report.title, body=report.body)
        said = [why, "Nothing was filed. Open the page and file it there; it is filled in."]
        if shortened:
            said.append("It was too long for an address and is shortened: paste the rest yourself.")
        return FeedbackReceipt(
            filed=False, address=address, sentence=" ".join([*said, report.note]).strip()
        )

    async def _cleaned(self, params: SubmitFeedback) -> _Report:
        redactor, doubt = await self._redactor()
        strictly = bool(doubt)  # the live ones are not known, so whatever looks like one goes
        title = redactor.redact(params.title, likely=strictly)
        body = await asyncio.to_thread(redactor.redact, _body(params), likely=strictly)
        gone = title.removed + body.removed
        note = "What looked like a secret was taken out of it." if gone else ""
        return _Report(" ".join(title.text.split()), body.text, " ".join([note, *doubt]).strip())

    async def _redactor(self) -> tuple[Redactor, list[str]]:
        try:
            return Redactor(await self._secrets()), []
        except CockpitError as error:
            return Redactor(), [
                "The keys of this machine could not be compared, only what looks like a key is "
                f"gone. {error.message}"
            ]


async def _given(give: Token) -> str | None:
    try:
        return await give()
    except CockpitError:
        return None  # no token is a normal state: the page is offered


def _removed(clean: Redacted) -> str:
    if not clean.removed:
        return "Nothing that looks like a secret was found."
    return f"{clean.removed} texts that are or look like secrets were taken out."


def _body(params: SubmitFeedback) -> str:
    kind = Category(params.category).value
    parts = [params.body, f"Category: {kind}"]
    if params.evidence.strip():
        fence = "`" * (_longest_run(params.evidence) + 3)
        parts.append(f"Evidence:\n\n{fence}\n{params.evidence.strip()}\n{fence}")
    return "\n\n".join(parts)


def _longest_run(text: str) -> int:
    """Return how many backquotes stand in a row, so that the fence around them is longer."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest

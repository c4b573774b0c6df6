"""Feedback: a report to the makers, with evidence that the person saw and edited first."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen
from services.params import NoParams, Params

MAX_BODY_CHARS = 20_000
MAX_EVIDENCE_CHARS = 60_000


class Category(StrEnum):
    """What a report is."""

    PROBLEM = "problem"
    WISH = "wish"
    QUESTION = "question"
    PRAISE = "praise"


class Evidence(Frozen):
    """What could go with a report; nothing of it is sent before the person sends it back."""

    text: str
    """Versions, states, what happened lately; secrets are replaced by marks such as [removed 1]."""
    removed: int = 0
    """How many different texts were taken out."""
    sentence: str


class FeedbackReceipt(Frozen):
    """What became of a report."""

    filed: bool
    """Whether it is at the Forge now."""
    address: str
    """The issue, or the prefilled page on which the person files it."""
    number: int | None = None
    sentence: str


class SubmitFeedback(Params):
    """A report."""

    title: str = Field(min_length=3, max_length=200, description="What it is about.")
    body: str = Field(min_length=1, max_length=MAX_BODY_CHARS, description="The report.")
    category: Category = Field(Category.PROBLEM, description="problem, wish, question or praise.")
    evidence: str = Field(
        "", max_length=MAX_EVIDENCE_CHARS, description="From prepare_feedback, as you left it."
    )


PREPARE_FEEDBACK: Final = Operation(
    name="cockpit.prepare_feedback",
    summary="Collect evidence for a report, without secrets, to look at and edit",
    params=NoParams,
    result=Evidence,
    right=Right.WRITE,
    command=("feedback", "evidence"),
)
SUBMIT_FEEDBACK: Final = Operation(
    name="cockpit.submit_feedback",
    summary="File a report at the Forge, or get the prefilled page to do it on",
    params=SubmitFeedback,
    result=FeedbackReceipt,
    right=Right.WRITE,
    example={"title": "Books cannot find a page", "body": "I searched …", "category": "problem"},
    command=("feedback", "send"),
    changes=True,
    target="category",
)

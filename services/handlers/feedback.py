"""Feedback: its evidence, and sending it."""

from services.contract.feedback import Evidence, FeedbackReceipt, SubmitFeedback
from services.feedback.reports import Feedback
from services.params import NoParams


class FeedbackHandler:
    """The operations on feedback."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    async def prepare_feedback(self, params: NoParams) -> Evidence:
        return await self._feedback.prepare()

    async def submit_feedback(self, params: SubmitFeedback) -> FeedbackReceipt:
        return await self._feedback.submit(params)

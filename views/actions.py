"""Carries out one action of a person: the only place of the views where failure is met.

A view names what it wants; here it is asked for, and whatever goes wrong becomes one notice.
"""

import logging
from typing import TypeVar

from pydantic import BaseModel

from services.api import Operation
from services.errors import CockpitError
from views.context import ViewContext
from views.texts import t

log = logging.getLogger(__name__)

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


async def run(
    context: ViewContext, label: str, operation: Operation[P, R], params: P, *, done: str = ""
) -> R | None:
    """Carry `operation` out and return its result, or None after showing why it failed.

    `label` names the action as its button does: `Restart hero_books`. `done`, when given, is
    shown after success.
    """
    try:
        result = await context.api.call(operation, params)
    except CockpitError as error:
        log.info("%s failed: %s (%s)", label, error.message, error.detail or error.kind)
        context.tell("error", t("{action} did not work", action=label), error.message)
        return None
    if done:
        context.tell("done", done)
    return result

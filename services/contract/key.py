"""Keys: a person's own keys for AI providers and the Forge; values go in and never come out."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen
from services.params import NoParams, OptionalSecret, Params, Secret

KeyName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,63}$")]


class KeyReason(StrEnum):
    """What a test of a key found."""

    WORKS = "works"
    NOT_SET = "not_set"
    WRONG_KEY = "wrong_key"
    WRONG_SCOPE = "wrong_scope"
    """The key is known, but may not do what Hero needs."""
    NO_CREDIT = "no_credit"
    RATE_LIMITED = "rate_limited"
    NO_NETWORK = "no_network"
    """The provider could not be reached from this machine."""
    PROVIDER_DOWN = "provider_down"
    UNCLEAR = "unclear"


class KeyTest(Frozen):
    """One test of a key against its provider."""

    name: str
    reason: KeyReason
    sentence: str
    at: datetime
    took_ms: int = 0
    asked: str = ""
    """Who was asked: a host name, or in words that it is a stand-in."""


class Key(Frozen):
    """One key that the machine can use; never its value."""

    name: str
    """Name of the secret, such as OPENROUTER_API_KEY."""
    provider: str
    purpose: str = ""
    page: str = ""
    """Address where a person makes such a key."""
    set: bool | None = None
    """None when hero_proc does not say."""
    last_four: str = ""
    """The last four characters; empty when it is not set or too short to tell any."""
    changed_at: datetime | None = None
    changed_by: str = ""
    last_test: KeyTest | None = None
    used_by: tuple[str, ...] = ()
    """Services that read it."""
    undo_until: datetime | None = None
    """Until when the former value can be put back."""


class KeyList(Frozen):
    """All keys of the catalog of providers."""

    keys: tuple[Key, ...] = ()
    sentence: str = ""
    """What could not be found out, if anything."""


class Rotation(Frozen):
    """What a rotation did."""

    key: Key
    test: KeyTest
    restarted: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Services that did not come back; undo puts the former value back."""
    sentence: str


class OneKey(Params):
    """One key of the catalog."""

    name: KeyName = Field(description="Name of the key, such as GROQ_API_KEY.")


class SetKey(OneKey):
    """A key and its value."""

    value: Secret = Field(description="The value; it is stored and never shown again.")


class KeyToTest(OneKey):
    """A key to test: the stored one, or a value that is not stored."""

    value: OptionalSecret = Field(None, description="Test this value instead of the stored one.")


class RotateKey(SetKey):
    """A key and its new value."""

    untested: bool = Field(False, description="Swap even when the test cannot tell that it works.")


GET_BYOK_KEYS: Final = Operation(
    name="cockpit.get_byok_keys",
    summary="List the keys with their last four characters, their last test and who uses them",
    params=NoParams,
    result=KeyList,
    right=Right.WRITE,
    command=("keys", "list"),
)
SET_BYOK_KEY: Final = Operation(
    name="cockpit.set_byok_key",
    summary="Store a key; it is write-only from then on",
    params=SetKey,
    result=Key,
    right=Right.WRITE,
    example={"name": "GROQ_API_KEY", "value": "gsk_..."},
    command=("keys", "set"),
    changes=True,
    target="name",
)
TEST_BYOK_KEY: Final = Operation(
    name="cockpit.test_byok_key",
    summary="Ask the provider whether a key works, and say why not",
    params=KeyToTest,
    result=KeyTest,
    right=Right.WRITE,
    example={"name": "GROQ_API_KEY"},
    command=("keys", "test"),
    changes=True,
    target="name",
)
ROTATE_BYOK_KEY: Final = Operation(
    name="cockpit.rotate_byok_key",
    summary="Test a new value, swap it in, restart what uses it; undo is possible for ten minutes",
    params=RotateKey,
    result=Rotation,
    right=Right.WRITE,
    example={"name": "GROQ_API_KEY", "value": "gsk_..."},
    command=("keys", "rotate"),
    changes=True,
    target="name",
)
UNDO_BYOK_KEY: Final = Operation(
    name="cockpit.undo_byok_key",
    summary="Put the former value of a key back, within ten minutes of its change",
    params=OneKey,
    result=Rotation,
    right=Right.WRITE,
    example={"name": "GROQ_API_KEY"},
    command=("keys", "undo"),
    changes=True,
    target="name",
)
DELETE_BYOK_KEY: Final = Operation(
    name="cockpit.delete_byok_key",
    summary="Delete a key from this machine",
    params=OneKey,
    result=Key,
    right=Right.WRITE,
    example={"name": "GROQ_API_KEY"},
    command=("keys", "delete"),
    changes=True,
    target="name",
)

"""Seals the values of keys under a passphrase; the only module that knows the cryptography library.

scrypt makes the key (128 MiB and about half a second for each guess), AES-256-GCM encrypts and
proves that nothing was changed. Blocking. Sources: RFC 7914, NIST SP 800-38D, OWASP Password
Storage (scrypt N=2^17, r=8, p=1).
"""

import base64
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import SecretStr, ValidationError

from services.errors import Invalid
from services.models import Frozen

SHORTEST_PASSPHRASE = 10
LONGEST_PASSPHRASE = 1000

_N, _R, _P = 2**17, 8, 1
_KIND = "scrypt-131072-8-1+aes-256-gcm"
_BOUND = b"hero_cockpit export 1"
"""Authenticated with the values: what is sealed for something else does not open here."""


class _Sealed(Frozen):
    kind: str
    salt: str
    nonce: str
    data: str


def check_passphrase(passphrase: SecretStr) -> None:
    """Raise Invalid for a passphrase that is too short to protect anything."""
    if not SHORTEST_PASSPHRASE <= len(passphrase.get_secret_value()) <= LONGEST_PASSPHRASE:
        raise Invalid(
            f"A passphrase has {SHORTEST_PASSPHRASE} to {LONGEST_PASSPHRASE} characters. "
            "A few words that belong to nobody's songs are good."
        )


def seal(values: Mapping[str, str], passphrase: SecretStr) -> bytes:
    """Return `values` encrypted, as JSON; raises Invalid for a passphrase too short."""
    check_passphrase(passphrase)
    salt, nonce = os.urandom(16), os.urandom(12)
    plain = json.dumps(values, sort_keys=True).encode()
    data = AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, _BOUND)
    sealed = _Sealed(kind=_KIND, salt=_text(salt), nonce=_text(nonce), data=_text(data))
    return sealed.model_dump_json(indent=1).encode()


def unseal(content: bytes, passphrase: SecretStr) -> dict[str, str]:
    """Return the values; raises Invalid when the passphrase does not open them."""
    check_passphrase(passphrase)
    try:
        sealed = _Sealed.model_validate_json(content)
        salt, nonce, data = (_bytes(t) for t in (sealed.salt, sealed.nonce, sealed.data))
        if sealed.kind != _KIND or len(salt) != 16 or len(nonce) != 12:
            raise Invalid("The keys are sealed in a way that this cockpit does not know.")
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, data, _BOUND)
        values = json.loads(plain)
    except InvalidTag as error:
        raise Invalid("The passphrase does not open the keys of this export.") from error
    except (ValidationError, ValueError) as error:
        raise Invalid("The sealed keys in this export cannot be read.") from error
    if not isinstance(values, dict):
        raise Invalid("The sealed keys in this export cannot be read.")
    return {str(name): str(value) for name, value in values.items()}


def _key(passphrase: SecretStr, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(
        passphrase.get_secret_value().encode("utf-8", "surrogatepass")
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)

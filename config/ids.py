"""Ids that leave the house: prefixed, sortable by time, not guessable; and secrets."""

import secrets
from datetime import datetime

from config import clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, as in the ULID specification
_TIME_CHARACTERS = 10
_RANDOM_CHARACTERS = 16


def new_id(prefix: str, at: datetime | None = None) -> str:
    """A new id such as `po_01J9…`: 48 bits of milliseconds, then 80 random bits."""
    milliseconds = int((at or clock.now()).timestamp() * 1000)
    return f"{prefix}_{_encode(milliseconds, _TIME_CHARACTERS)}{_encode(secrets.randbits(80), _RANDOM_CHARACTERS)}"


def secret_token(size_bytes: int = 32) -> str:
    """A random secret in URL-safe letters, 256 bits unless told otherwise."""
    return secrets.token_urlsafe(size_bytes)


def _encode(number: int, characters: int) -> str:
    letters = []
    for _ in range(characters):
        number, rest = divmod(number, 32)
        letters.append(_ALPHABET[rest])
    return "".join(reversed(letters))

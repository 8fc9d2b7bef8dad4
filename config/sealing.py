"""Seals addresses at rest and finds them again by a keyed index.

AES-256-GCM with the key's id in front and `table:column:row` as associated data, so a sealed value that is moved to
another row does not open. The index is an HMAC under another key: equal inputs are found, nothing can be read back
or guessed without the key. Keys come from `SECRET_KEY`, the newest first; older ones still open and still find,
until `flask keys rotate`.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_INDEX_BYTES = 16


class CannotOpen(Exception):
    """The value was sealed for another row, under a key that is gone, or was tampered with."""


@dataclass(frozen=True)
class _Key:
    id: bytes
    cipher: AESGCM
    index: bytes
    derive: bytes


class Sealer:
    """Seals, opens, indexes and derives under one current secret and any number of older ones."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = tuple(_key(secret) for secret in secrets)

    @property
    def key_id(self) -> str:
        """The id of the key new values are sealed with, as eight hexadecimal digits."""
        return self._keys[0].id.hex()

    def seal(self, plain: str, context: str) -> bytes:
        """Seal `plain` for the place `context` (`table:column:row`): key id, nonce, ciphertext."""
        key = self._keys[0]
        nonce = os.urandom(_NONCE_BYTES)
        return key.id + nonce + key.cipher.encrypt(nonce, plain.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """The plain value. Raises CannotOpen."""
        key_id, nonce = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES : KEY_ID_BYTES + _NONCE_BYTES]
        key = next((key for key in self._keys if key.id == key_id), None)
        if key is None:
            raise CannotOpen(f"sealed under the unknown key {key_id.hex()}")
        try:
            return key.cipher.decrypt(nonce, sealed[KEY_ID_BYTES + _NONCE_BYTES :], context.encode()).decode()
        except InvalidTag as error:
            raise CannotOpen(f"not sealed for {context}") from error

    def index(self, plain: str, purpose: str) -> str:
        """The index entry new rows of `purpose` get: key id and keyed digest."""
        return _index(self._keys[0], plain, purpose)

    def indexes(self, plain: str, purpose: str) -> list[str]:
        """Every entry `plain` may stand under, one per live key: what a look-up asks for."""
        return [_index(key, plain, purpose) for key in self._keys]

    def derive(self, purpose: str, row_id: str) -> str:
        """A secret that belongs to a row and rests nowhere: 256 bits in URL-safe letters, under the current key."""
        return _derive(self._keys[0], purpose, row_id)

    def derived(self, purpose: str, row_id: str, claimed: str) -> bool:
        """Is `claimed` what `derive` gave, under any live key?"""
        return any(hmac.compare_digest(_derive(key, purpose, row_id).encode(), claimed.encode()) for key in self._keys)

    def code(self, purpose: str, row_id: str) -> str:
        """Six digits that belong to a row and rest nowhere, under the current key: for people to type in."""
        return _code(self._keys[0], purpose, row_id)

    def is_code(self, purpose: str, row_id: str, claimed: str) -> bool:
        """Is `claimed` what `code` gave, under any live key?"""
        return any(hmac.compare_digest(_code(key, purpose, row_id).encode(), claimed.encode()) for key in self._keys)


class _Current:
    sealer: Sealer | None = None


def use(sealer: Sealer) -> None:
    """Make `sealer` the process's own; called once at start."""
    _Current.sealer = sealer


def current() -> Sealer:
    """The process's sealer. Raises RuntimeError before `use`."""
    if _Current.sealer is None:
        raise RuntimeError("sealing.use() was not called at start")
    return _Current.sealer


def _key(secret: str) -> _Key:
    def expand(info: str, length: int) -> bytes:
        kdf = HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=f"partnerline/{info}".encode())
        return kdf.derive(secret.encode())

    return _Key(expand("id", KEY_ID_BYTES), AESGCM(expand("seal", 32)), expand("index", 32), expand("derive", 32))


def _index(key: _Key, plain: str, purpose: str) -> str:
    digest = hmac.new(key.index, f"{purpose}\0{plain}".encode(), hashlib.sha256).digest()
    return f"{key.id.hex()}:{base64.urlsafe_b64encode(digest[:_INDEX_BYTES]).decode().rstrip('=')}"


def _code(key: _Key, purpose: str, row_id: str) -> str:
    digest = hmac.new(key.derive, f"{purpose}\0{row_id}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest, 'big') % 1_000_000:06d}"


def _derive(key: _Key, purpose: str, row_id: str) -> str:
    digest = hmac.new(key.derive, f"{purpose}\0{row_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")

"""The keys that encrypt sensitive columns. They live outside the database, in the settings.

The first key writes; every key reads, so that a new one can be put in front without downtime.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY_ID = 4


class CannotDecryptError(Exception):
    """No key of the ring fits this ciphertext, or it was moved from another column."""


class Keyring:
    """AES-256-GCM with the key's fingerprint in front of the ciphertext.

    Raises ValueError when there is no key, or when a key is not 32 bytes in URL-safe base64.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one key is needed")
        raw = [_decode(key) for key in keys]
        self._by_id = {_fingerprint(key): AESGCM(key) for key in raw}
        self._first_id = _fingerprint(raw[0])
        self._first = self._by_id[self._first_id]

    @property
    def first_id(self) -> bytes:
        """The fingerprint of the key that writes: every ciphertext of it begins with these bytes."""
        return self._first_id

    @property
    def ids(self) -> tuple[bytes, ...]:
        """The fingerprints of all keys, the one that writes first."""
        return tuple(self._by_id)

    def encrypt(self, text: str, label: str) -> bytes:
        """The ciphertext of `text`, bound to `label`. Half a surrogate pair is kept: a fault must not lose a text."""
        return self.seal(text.encode("utf-8", "surrogatepass"), label)

    def decrypt(self, data: bytes, label: str) -> str:
        """The text again. Raises CannotDecryptError."""
        return self.open(data, label).decode("utf-8", "surrogatepass")

    def seal(self, content: bytes, label: str) -> bytes:
        """The ciphertext of `content`, bound to `label`."""
        nonce = os.urandom(_NONCE)
        return self._first_id + nonce + self._first.encrypt(nonce, content, label.encode())

    def open(self, data: bytes, label: str) -> bytes:
        """The content again. Raises CannotDecryptError."""
        key = self._by_id.get(data[:_KEY_ID])
        if key is None:
            raise CannotDecryptError(f"no key for {label}")
        nonce, body = data[_KEY_ID : _KEY_ID + _NONCE], data[_KEY_ID + _NONCE :]
        try:
            return key.decrypt(nonce, body, label.encode())
        except InvalidTag as error:
            raise CannotDecryptError(f"{label} does not decrypt") from error


def new_key() -> str:
    """A fresh key in the form the settings take."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def _decode(key: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(key)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a key is not URL-safe base64") from error
    if len(raw) != 32:
        raise ValueError("a key is not 32 bytes long")
    return raw


def _fingerprint(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_KEY_ID]


# Column types have no other way to reach the keys than the module; bot.py sets them before the first query.
_installed: list[Keyring] = []


def install(ring: Keyring) -> None:
    """Make `ring` the one that encrypted columns use."""
    _installed[:] = [ring]


def keyring() -> Keyring:
    """The installed ring. Raises RuntimeError when bot.py has not installed one."""
    if not _installed:
        raise RuntimeError("no keyring is installed")
    return _installed[0]

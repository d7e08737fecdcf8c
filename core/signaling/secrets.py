"""Names and secrets of a room: normalisation, hashes and encryption (protocol.md §2, §3).

Passwords and keys stay inside `Secrets`; nothing here prints or logs them.
"""

from __future__ import annotations

import json
import os
import re
from hashlib import sha256
from urllib.parse import quote

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from ..config import DEFAULT_SALT
from ..errors import DecryptError, UsageError

PASSWORD_OFF = frozenset({"", "false", "0", "off", "nopassword"})
"""What people type for "no password" (protocol.md §2.1)."""
BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What ``trim()`` of a browser removes; `str.strip` has a slightly different list."""

_ROOM_LIMIT = 30
_STREAM_LIMIT, _STREAM_CUT = 64, 70
_HASHED_STREAM_CUT = 44
_SUFFIX_DIGITS, _ROOM_DIGITS = 6, 16
_OLD_SALT, _OLD_HASH_DIGITS = "obs.ninja", 4
_BLOCK = 16
_NOT_A_WORD = re.compile(r"[^A-Za-z0-9_]+")


def normalise_room(name: str) -> str:
    """Return a room name as the page writes it: letters, digits and ``_``, at most 30, or ""."""
    return _NOT_A_WORD.sub("_", name.strip(BLANKS))[:_ROOM_LIMIT]


def normalise_stream(name: str) -> str:
    """Return a stream id as the page writes it: letters, digits and ``_``, at most 70, or ""."""
    name = _NOT_A_WORD.sub("_", name.strip(BLANKS))
    return name[:_STREAM_CUT] if len(name) > _STREAM_LIMIT else name


def password_from_text(text: str) -> str | None:
    """Return a typed password, or ``None`` for the words that switch it off."""
    return None if text.strip(BLANKS).lower() in PASSWORD_OFF else text


class Secrets:
    """All that is derived from a room's password and salt; without a password, nothing is."""

    __slots__ = ("_encoded", "_material", "key", "suffix")

    key: bytes | None
    """AES key, 32 bytes; ``None`` without a password. Workers get this and not the password."""
    suffix: str
    """What stream ids end with on the wire: six hex digits, or "" without a password."""

    def __init__(self, password: str | None, salt: str = DEFAULT_SALT) -> None:
        """Derive key and suffix.

        Args:
            password: As typed; ``None`` or blank is no password.
            salt: Depends on the host of the page that the others use (protocol.md §2.3).

        Raises:
            UsageError: The password or salt holds characters that cannot be encoded.
        """
        self._encoded: str | None = None
        self._material: str | None = None
        self.key, self.suffix = None, ""
        trimmed = (password or "").strip(BLANKS)
        if not trimmed:
            return
        try:
            self._encoded = quote(trimmed, safe="-_.!~*'()")
            self._material = self._encoded + salt
            self.key = _digest(self._material)
        except UnicodeEncodeError:
            raise UsageError("the password or salt holds characters that are no text") from None
        self.suffix = self.key.hex()[:_SUFFIX_DIGITS]

    @classmethod
    def from_key(cls, key: bytes | None, suffix: str) -> Secrets:
        """Make the secrets of a worker, which opens messages but never hashes a room."""
        secrets = cls(None)
        secrets.key, secrets.suffix = key, suffix
        return secrets

    def __repr__(self) -> str:
        """Tell only whether there is a password."""
        return f"<Secrets {'on' if self.enabled else 'off'}>"

    @property
    def enabled(self) -> bool:
        """Whether names are hashed and descriptions encrypted."""
        return self.key is not None

    def matches(self, link_hash: str) -> bool:
        """Whether the ``hash`` of a pasted link is a prefix of our suffix (protocol.md §2.2).

        Old links have four digits that were made with another salt; pages take them as well.
        """
        given = link_hash.lower()
        if not self.suffix.startswith(given) and self._encoded is not None:
            return given == _digest(self._encoded + _OLD_SALT).hex()[:_OLD_HASH_DIGITS]
        return self.suffix.startswith(given)

    def room_id(self, room: str) -> str:
        """Return what a room is called on the wire; 16 hex digits with a password.

        Raises:
            UsageError: No letter or digit is left of the name.
            RuntimeError: These are the secrets of a worker.
        """
        name = normalise_room(room)
        if not name:
            raise UsageError("the room name is empty")
        if not self.enabled:
            return name
        if self._material is None:
            raise RuntimeError("a key alone cannot name a room")
        return _digest(name + self._material).hex()[:_ROOM_DIGITS]

    def stream_on_wire(self, stream: str) -> str:
        """Return a stream id as it is sent; with a password its first 44 characters + suffix."""
        name = normalise_stream(stream)
        return name[:_HASHED_STREAM_CUT] + self.suffix if self.enabled else name

    def stream_shown(self, wire: str) -> str:
        """Return a stream id as people know it; one that does not end with our suffix as it is."""
        return (wire.removesuffix(self.suffix) or wire) if self.enabled else wire

    def encrypt(self, value: object, iv: bytes | None = None) -> tuple[str, str]:
        """Encrypt a JSON value with AES-256-CBC and PKCS#7 padding.

        Args:
            value: Anything that JSON can hold.
            iv: 16 bytes; fresh random ones unless given.

        Returns:
            Ciphertext and vector, both in hex.

        Raises:
            RuntimeError: There is no password.
        """
        if self.key is None:
            raise RuntimeError("nothing to encrypt with")
        iv = os.urandom(_BLOCK) if iv is None else iv
        # the page encrypts one byte per character, so nothing but ASCII survives
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode("ascii")
        padder = PKCS7(8 * _BLOCK).padder()
        padded = padder.update(text) + padder.finalize()
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(iv)).encryptor()
        return (encryptor.update(padded) + encryptor.finalize()).hex(), iv.hex()

    def decrypt(self, value: str, vector: str) -> object:
        """Open what `encrypt` or a peer made.

        Raises:
            DecryptError: There is no password, or it is not what the peer used, or the value is
                broken.
        """
        if self.key is None:
            raise DecryptError("encrypted, but no password is set here")
        try:
            iv, data = bytes.fromhex(vector), bytes.fromhex(value)
            decryptor = Cipher(algorithms.AES(self.key), modes.CBC(iv)).decryptor()
            padded = decryptor.update(data) + decryptor.finalize()
            unpadder = PKCS7(8 * _BLOCK).unpadder()
            return _load(unpadder.update(padded) + unpadder.finalize())
        except (ValueError, RecursionError):
            raise DecryptError("does not open with our password and salt") from None


def _load(plain: bytes) -> object:
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        # a page that did not escape: one byte per character
        text = plain.decode("latin-1")
    try:
        # unlike json, this refuses halves of surrogate pairs, which nobody could encode again
        return msgspec.json.decode(text)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()

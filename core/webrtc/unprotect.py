"""SRTP (RFC 3711) of the plain path and of relays: what aiortc decrypts with."""

from __future__ import annotations

from typing import Any

import pylibsrtp

from ..model import LONGEST_PACKET
from .receiver import MediaReceiver

_ffi: Any = getattr(pylibsrtp, "ffi")  # noqa: B009  untyped, and not public
_REPEATED = "replay check failed"
"""How pylibsrtp's words for packets that it has seen begin."""


def adapt(session: Any, media: MediaReceiver) -> None:
    """Let a session take packets larger than pylibsrtp's buffer, and count what it cannot open.

    Args:
        session: Of pylibsrtp, as aiortc uses it.
        media: Of its connection.
    """
    session._cdata = _ffi.new("char[]", LONGEST_PACKET)
    session._buffer = _ffi.buffer(session._cdata)
    unprotect = session.unprotect

    def counting(packet: bytes) -> bytes:
        try:
            return unprotect(packet)
        except pylibsrtp.Error as error:
            if not str(error).startswith(_REPEATED):
                media.undecryptable(packet)
            raise

    session.unprotect = counting

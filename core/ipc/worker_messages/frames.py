"""How messages go over the link between an engine and a worker."""

from __future__ import annotations

import msgspec

from ...errors import UNDECODABLE, ProtocolError
from .from_worker import FromWorker
from .to_worker import ToWorker

MAX_FRAME = 1 << 22
"""Bytes of what an engine says at once."""
TERM = "Roomdeck-Term"
"""Header with when an engine began, Unix time: of two that know nothing of each other, on machines
that were cut off, a worker keeps the later one."""
SUPERSEDED = 4001
"""How it refuses the other one, as of RFC 6455, 7.4.2."""
MAX_NEWS = 1 << 26
"""Bytes of what a worker says at once: after days alone it has many takes to tell of."""

_to_worker = msgspec.json.Decoder(ToWorker)
_from_worker = msgspec.json.Decoder(FromWorker)


def encode(message: ToWorker | FromWorker) -> str:
    """Return the text frame for a message."""
    return msgspec.json.encode(message).decode()


def decode_to_worker(text: str | bytes) -> ToWorker:
    """Return what an engine said.

    Raises:
        ProtocolError: It is not a message of this link.
    """
    try:
        return _to_worker.decode(text)
    except UNDECODABLE as error:
        raise ProtocolError(f"not a message to a worker: {error}") from None


def decode_from_worker(text: str | bytes) -> FromWorker:
    """Return what a worker said.

    Raises:
        ProtocolError: It is not a message of this link.
    """
    try:
        return _from_worker.decode(text)
    except UNDECODABLE as error:
        raise ProtocolError(f"not a message of a worker: {error}") from None

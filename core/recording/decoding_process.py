"""A process that decodes, so that what breaks a decoder breaks nothing else.

A key frame or a little sound of a guest is all that it ever has. It is given orders over the socket
on its stdin, and answers each there, in turn; the first answer, to nothing, says that it is up. It
uses what nobody else needs, and leaves when the socket is closed.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import BinaryIO

import msgspec

from ..errors import MediaError
from ..model import EncodedFrame, Picture, Size
from .listening.loudness import Reading
from .listening.samples import Sampler
from .still import Still, greys

PATIENCE = 15
"""Seconds of a core after which an order counts as hanging; a large key frame takes a tenth of
one."""
MEMORY = 1 << 30
"""Bytes of address space: libraries take 130 MB, the largest pictures some hundred each."""
PICTURES = 32
"""Key frames that are kept decoded: who asks for one in two sizes does so within a moment."""
TRACKS = 256
"""Decoders of sound that are kept, those that were used last: they know what was before."""
LENGTH = 4
"""Bytes before each message, big-endian: how long it is."""
_NICE = 19


class Look(msgspec.Struct, frozen=True, tag="look"):
    """Say how a key frame looks; see `greys`."""

    stream: str
    frame: EncodedFrame


class Show(msgspec.Struct, frozen=True, tag="show"):
    """Make a small picture of a key frame; see `Still`."""

    stream: str
    frame: EncodedFrame
    size: Size


class Listen(msgspec.Struct, frozen=True, tag="listen"):
    """Say how loud the last of some packets is; see `Sampler.read`."""

    stream: str
    frames: list[EncodedFrame]


Order = Look | Show | Listen


class Found(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of an order: nothing where it does not decode."""

    cells: bytes = b""
    picture: Picture | None = None
    reading: Reading | None = None
    error: str = ""
    """Why there is no picture."""
    took: float = 0.0
    """Seconds of a core."""


def carry_out(order: Order) -> Found:
    """Decode what an order brings."""
    began = time.process_time()
    try:
        match order:
            case Look(_, frame):
                found = Found(cells=greys(frame))
            case Show(_, frame, size):
                found = Found(picture=_still(frame).picture(size))
            case Listen(stream, frames):
                found = Found(reading=_sampler(stream).read(frames))
    except MediaError as error:
        found = Found(error=str(error))
    return msgspec.structs.replace(found, took=time.process_time() - began)


@lru_cache(PICTURES)
def _still(frame: EncodedFrame) -> Still:
    return Still(frame)


@lru_cache(TRACKS)
def _sampler(_stream: str) -> Sampler:
    return Sampler()


def encode(message: Sequence[Order] | Found) -> bytearray:
    """Return a message with its length before it."""
    buffer = bytearray(LENGTH)
    _encoder.encode_into(message, buffer, LENGTH)
    buffer[:LENGTH] = (len(buffer) - LENGTH).to_bytes(LENGTH, "big")
    return buffer


def decode_found(data: bytes) -> Found:
    """Return an answer.

    Raises:
        msgspec.DecodeError: It is none.
        UnicodeDecodeError: It has text that is none.
    """
    return _found.decode(data)


def serve(link: socket.socket, decode: Callable[[Order], Found] = carry_out) -> None:
    """Carry out orders until the other end is closed."""
    link.sendall(encode(Found()))
    with link.makefile("rb") as orders:
        while data := _next(orders):
            for order in _orders.decode(data):
                # Whoever waits for it ends it before that, if there still is somebody.
                signal.setitimer(signal.ITIMER_PROF, 2 * PATIENCE)
                link.sendall(encode(decode(order)))
                signal.setitimer(signal.ITIMER_PROF, 0)


def _next(orders: BinaryIO) -> bytes:
    return orders.read(int.from_bytes(orders.read(LENGTH), "big"))


def restrain() -> None:
    """Have this process use what nobody else needs, and leave nothing on the disk when it breaks.

    What it imports comes before that: whoever is there first waits for it.
    """
    os.nice(_NICE)
    for limit, value in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        # Where less is allowed already, or the system has no such limit.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def main() -> None:
    """Serve whoever started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    restrain()
    with socket.socket(fileno=0) as link, contextlib.suppress(ConnectionError):
        serve(link)


_encoder = msgspec.msgpack.Encoder()
_orders = msgspec.msgpack.Decoder(list[Order])
_found = msgspec.msgpack.Decoder(Found)

if __name__ == "__main__":
    main()

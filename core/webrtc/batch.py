"""Many datagrams of one socket in one call, each with its arrival time (Linux, recvmmsg(2)).

The records of the call are laid out once; they and the memory behind them are used again for
every call, so that a datagram costs no allocation and can be decrypted where it lies.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import socket
import struct

from ..model import LONGEST_PACKET
from .stamps import StampClock

BATCH = 64
"""Datagrams per call."""
SLOT = LONGEST_PACKET + 64
"""Bytes per datagram; longer ones are cut off, and too long for us anyway. Memory that is never
written to costs nothing; and slots that began at the same place of a page would get into each
other's way in the processor's caches."""
SO_RXQ_OVFL = 40
SO_TIMESTAMPNS = 35

_NAME = 32
_CONTROL = 64
_STAMP_SIZE = struct.calcsize("@Niill")
_STAMP = struct.Struct(f"@Niill{_CONTROL - _STAMP_SIZE}x")
"""Length, level and type of a control message (cmsg(3)), seconds and nanoseconds; the rest."""
_DROPS = struct.Struct("@NiiI")
_FAMILY = struct.Struct("@H")
_PORT = struct.Struct("!H")
_SCOPE = struct.Struct("@I")

Arrival = tuple[int, float]
"""Bytes of a datagram, and when the system took it in: monotonic seconds."""
Address = tuple[str, int] | tuple[str, int, int, int]


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))


class _Header(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Record(ctypes.Structure):
    _fields_ = (("header", _Header), ("len", ctypes.c_uint))


_ARGUMENTS = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
_SIZE = ctypes.sizeof(_Record)
_RESULT = struct.Struct(
    f"@{_Header.controllen.offset}xN"
    f"{_Record.len.offset - _Header.controllen.offset - ctypes.sizeof(ctypes.c_size_t)}xI"
    f"{_SIZE - _Record.len.offset - ctypes.sizeof(ctypes.c_uint)}x"
)
"""Bytes of control messages and of the datagram, out of a record."""


class Batch:
    """The memory of one call; what a call put there lasts until the next one."""

    def __init__(self) -> None:
        """Lay out `BATCH` records.

        Raises:
            AttributeError: The system has no recvmmsg: see `available`.
        """
        self.memory = bytearray(BATCH * SLOT)
        self.drops = 0
        """What the last call's socket has dropped so far as its buffer was full; 0 if nothing."""
        # The interpreter lock is kept: the call does not wait, and is shorter than a hand-over.
        self._call = ctypes.PyDLL(None, use_errno=True).recvmmsg
        self._call.argtypes = _ARGUMENTS
        self._names = bytearray(BATCH * _NAME)
        self._control = bytearray(BATCH * _CONTROL)
        self._vectors = (_Vector * BATCH)()
        self._records = (_Record * BATCH)()
        self._lay_out()
        self._address = ctypes.addressof(self._records)
        self._bytes = memoryview(self._records).cast("B")
        self._pristine = bytes(self._bytes)
        self._stamps = memoryview(self._control)
        self._clock = StampClock()

    def _lay_out(self) -> None:
        memory, names, control = (
            ctypes.addressof(ctypes.c_char.from_buffer(buffer))
            for buffer in (self.memory, self._names, self._control)
        )
        vectors = ctypes.addressof(self._vectors)
        for index, (record, vector) in enumerate(zip(self._records, self._vectors, strict=True)):
            vector.base, vector.len = memory + index * SLOT, SLOT
            header = record.header
            header.name, header.namelen = names + index * _NAME, _NAME
            header.iov, header.iovlen = vectors + index * ctypes.sizeof(_Vector), 1
            header.control, header.controllen = control + index * _CONTROL, _CONTROL

    def receive(self, descriptor: int) -> list[Arrival]:
        """Take what waits in a socket's buffer, at most `BATCH` datagrams; one for each slot.

        Raises:
            OSError: The socket cannot be read.
        """
        count: int = self._call(descriptor, self._address, BATCH, socket.MSG_DONTWAIT, None)
        if count <= 0:
            return self._none(ctypes.get_errno())
        used = count * _SIZE
        clock = self._clock
        clock.read()
        now, skew, oldest = clock.now, clock.skew, clock.oldest
        arrivals: list[Arrival] = []
        self.drops = 0
        for (control, size), (_, _, kind, seconds, nanoseconds) in zip(
            _RESULT.iter_unpack(self._bytes[:used]),
            _STAMP.iter_unpack(self._stamps[: count * _CONTROL]),
            strict=True,
        ):
            arrival = seconds + nanoseconds * 1e-9 + skew
            stamped = control and kind == SO_TIMESTAMPNS and oldest < arrival < now
            arrivals.append((size, arrival if stamped else now))
            if control > _STAMP_SIZE:
                self._read_drops(len(arrivals) - 1)
        self._bytes[:used] = self._pristine[:used]
        return arrivals

    def _none(self, error: int) -> list[Arrival]:
        if error in (errno.EAGAIN, errno.EINTR):
            return []
        raise OSError(error, os.strerror(error))

    def _read_drops(self, slot: int) -> None:
        """The second control message is there once something was dropped."""
        _, _, kind, drops = _DROPS.unpack_from(self._control, slot * _CONTROL + _STAMP_SIZE)
        if kind == SO_RXQ_OVFL:
            self.drops = drops

    def data(self, slot: int, size: int) -> bytes:
        """A copy of a datagram of this size."""
        start = slot * SLOT
        return bytes(self.memory[start : start + size])

    def address(self, slot: int) -> Address:
        """Where a datagram came from, in the form of the socket module."""
        start = slot * _NAME
        raw = memoryview(self._names)[start : start + _NAME]
        (port,) = _PORT.unpack_from(raw, 2)
        if _FAMILY.unpack_from(raw)[0] == socket.AF_INET:
            return socket.inet_ntop(socket.AF_INET, raw[4:8]), port
        (scope,) = _SCOPE.unpack_from(raw, 24)
        return socket.inet_ntop(socket.AF_INET6, raw[8:24]), port, 0, scope


def prepare(opened: socket.socket) -> None:
    """Have a socket's datagrams stamped, and those it drops counted."""
    opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    opened.setsockopt(socket.SOL_SOCKET, SO_RXQ_OVFL, 1)


@functools.cache
def available() -> bool:
    """Whether this system has the call, and lets us make it."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            prepare(probe)
            Batch().receive(probe.fileno())
    except (AttributeError, OSError):
        return False
    return True

"""SRTP (RFC 3711) of the fast path: packets are decrypted where they lie."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pylibsrtp

from ..model import LONGEST_PACKET
from .batch import BATCH, SLOT, Arrival, Batch
from .guard import BEYOND_MEDIA, MEDIA, SHORTEST
from .receiver import MediaReceiver, Packet

_binding: Any = pylibsrtp._binding  # pyright: ignore[reportPrivateUsage]

Tap = Callable[[list[Arrival]], list[int]]
"""Takes the media out of what was received last; returns the slots that hold something else."""
_REPEATED = (9, 10)
"""What libsrtp says of packets that it has seen (srtp_err_status_replay_fail and _old)."""
_RTCP, _BEYOND_RTCP = 192, 224
"""Second bytes of RTCP (RFC 5761, 4)."""


def make_tap(session: pylibsrtp.Session, batch: Batch, media: MediaReceiver) -> Tap:
    """What takes a connection's packets out of a batch, decrypts them and hands them on.

    Packets that are forged, damaged or repeated are dropped: libsrtp tells.
    """
    memory = batch.memory
    base = _binding.ffi.from_buffer("char[]", memory)
    slots = [base + slot * SLOT for slot in range(BATCH)]
    length = _binding.ffi.new("int *")
    context = getattr(session, "_srtp")[0]  # noqa: B009  untyped, and not public
    unprotect = _binding.lib.srtp_unprotect

    def take(arrivals: list[Arrival]) -> list[int]:
        others: list[int] = []
        packets: list[Packet] = []
        start = -SLOT
        for pointer, (size, arrival) in zip(slots, arrivals, strict=False):
            start += SLOT
            if not MEDIA <= memory[start] < BEYOND_MEDIA or not SHORTEST <= size <= LONGEST_PACKET:
                others.append(start // SLOT)
            elif _RTCP <= memory[start + 1] < _BEYOND_RTCP:
                take_rtcp(batch.data(start // SLOT, size), arrival)
            else:
                length[0] = size
                status = unprotect(context, pointer, length)
                if not status:
                    packets.append((start, start + length[0], arrival))
                elif status not in _REPEATED:
                    media.undecryptable(memory[start : start + size])
        media.receive(memory, packets)
        return others

    def take_rtcp(data: bytes, arrival: float) -> None:
        # The library refuses what is longer than any report.
        with contextlib.suppress(pylibsrtp.Error, ValueError):
            media.rtcp(session.unprotect_rtcp(data), arrival)

    return take

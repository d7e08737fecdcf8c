"""Redundant audio data (RFC 2198): one packet carries copies of those before it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import pairwise

import msgspec

from ..errors import MediaError
from .clock import signed_32
from .packet import RtpPacket

MAX_COPIES = 64
MAX_BLOCKS = 32
"""In one packet; Chromium sends up to 9, and each costs as much as a packet."""
_MORE = 0x80


class RedBlock(msgspec.Struct, frozen=True, gc=False):
    """One block of a RED packet."""

    payload_type: int
    age: int
    """How much older than the packet's timestamp; 0 for the primary block."""
    payload: bytes


def split_red(payload: bytes) -> list[RedBlock]:
    """Blocks as they are in the packet: the oldest copy first, the primary block last.

    Raises:
        MediaError: a header or a block that is cut off, or more than `MAX_BLOCKS`.
    """
    headers: list[tuple[int, int, int]] = []
    position = 0
    while position < len(payload) and payload[position] & _MORE:
        if position + 4 > len(payload):
            raise MediaError("truncated RED header")
        word = int.from_bytes(payload[position : position + 4], "big")
        headers.append((word >> 24 & 0x7F, word >> 10 & 0x3FFF, word & 0x3FF))
        position += 4
        if len(headers) >= MAX_BLOCKS:
            raise MediaError("too many blocks in a RED packet")
    if position >= len(payload):
        raise MediaError("RED packet without a primary block")
    primary = payload[position]
    position += 1
    blocks: list[RedBlock] = []
    for payload_type, age, size in headers:
        blocks.append(RedBlock(payload_type, age, payload[position : position + size]))
        position += size
    if position > len(payload):
        raise MediaError("RED block longer than the packet")
    blocks.append(RedBlock(primary, 0, payload[position:]))
    return blocks


def expand_red(packet: RtpPacket, payload_types: Container[int]) -> list[RtpPacket]:
    """The packets in a RED packet: itself first, then copies of those before it, newest first.

    Copies have times, but no sequence numbers of their own: they have that of the packet.

    Raises:
        MediaError: malformed, or with a block that is of none of ``payload_types``.
    """
    *copies, primary = split_red(packet.payload)
    blocks = [primary, *(b for b in reversed(copies) if b.age and b.payload)]
    if not all(block.payload_type in payload_types for block in blocks):
        raise MediaError("RED block of an unknown payload type")
    return [
        RtpPacket(
            block.payload_type,
            packet.marker and not block.age,
            packet.sequence,
            (packet.timestamp - block.age) & 0xFFFFFFFF,
            packet.ssrc,
            block.payload,
        )
        for block in blocks
    ]


class Copies:
    """Copies that may have to stand in for packets that are missing.

    Which ones do is told by their times, not by sequence numbers: packets of padding only
    have those as well, and some senders leave the copies of some packets out.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._kept: dict[int, tuple[RtpPacket, float]] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._kept)

    def keep(self, copies: Iterable[RtpPacket], now: float) -> None:
        """Remember copies that arrived now; the oldest of many are forgotten."""
        for copy in copies:
            self._kept.setdefault(copy.timestamp, (copy, now))
        while len(self._kept) > MAX_COPIES:
            del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        """Forget all of them: nothing is missing, or the clock is another one."""
        self._kept.clear()

    def between(self, after: int, before: int) -> list[tuple[RtpPacket, float]]:
        """Those between two timestamps in order of time, and when they arrived."""
        span = signed_32(before - after)
        found = {signed_32(time - after): copy for time, copy in self._kept.items()}
        return [found[age] for age in sorted(found) if 0 < age < span]


def is_gapless(sounds: Sequence[tuple[int, int]]) -> bool:
    """Whether each sound lasts until the next begins.

    Args:
        sounds: 32-bit timestamp and duration in ticks, in order.
    """
    return all(signed_32(b[0] - a[0]) <= a[1] for a, b in pairwise(sounds))


def build_red(blocks: list[RedBlock]) -> bytes:
    """The payload of a RED packet; ages are below 2^14, copies below 2^10 bytes."""
    *copies, primary = blocks
    headers = b"".join(
        ((_MORE | b.payload_type) << 24 | b.age << 10 | len(b.payload)).to_bytes(4, "big")
        for b in copies
    )
    bodies = b"".join(b.payload for b in blocks)
    return headers + bytes((primary.payload_type,)) + bodies

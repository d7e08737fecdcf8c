"""Redundant audio data (RFC 2198): one packet carries copies of those before it."""

from __future__ import annotations

from collections.abc import Container

import msgspec

from ..errors import MediaError
from .packet import RtpPacket

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
        MediaError: a header or a block that is cut off.
    """
    headers: list[tuple[int, int, int]] = []
    position = 0
    while position < len(payload) and payload[position] & _MORE:
        if position + 4 > len(payload):
            raise MediaError("truncated RED header")
        word = int.from_bytes(payload[position : position + 4], "big")
        headers.append((word >> 24 & 0x7F, word >> 10 & 0x3FFF, word & 0x3FF))
        position += 4
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

    Copies have no sequence numbers of their own: the n-th block from the end is taken for the
    n-th packet before.

    Raises:
        MediaError: malformed, or with a block that is of none of ``payload_types``.
    """
    *copies, primary = split_red(packet.payload)
    packets = [_restore(packet, primary, 0)]
    for back, block in enumerate(reversed(copies), 1):
        if block.age and block.payload:
            packets.append(_restore(packet, block, back))
    if not all(restored.payload_type in payload_types for restored in packets):
        raise MediaError("RED block of an unknown payload type")
    return packets


def _restore(packet: RtpPacket, block: RedBlock, back: int) -> RtpPacket:
    return RtpPacket(
        block.payload_type,
        packet.marker and not back,
        (packet.sequence - back) & 0xFFFF,
        (packet.timestamp - block.age) & 0xFFFFFFFF,
        packet.ssrc,
        block.payload,
    )


def build_red(blocks: list[RedBlock]) -> bytes:
    """The payload of a RED packet; ages are below 2^14, copies below 2^10 bytes."""
    *copies, primary = blocks
    headers = b"".join(
        ((_MORE | b.payload_type) << 24 | b.age << 10 | len(b.payload)).to_bytes(4, "big")
        for b in copies
    )
    bodies = b"".join(b.payload for b in blocks)
    return headers + bytes((primary.payload_type,)) + bodies

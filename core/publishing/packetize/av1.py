"""AV1 (RTP Payload Format For AV1, v1.0.0): OBUs without sizes, spread over packets."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import MediaError
from ...rtp.bitstream.av1 import essential_obus, is_key
from ...rtp.bitstream.bits import write_leb128

_CONTINUES = 0x80
_UNFINISHED = 0x40
_NEW_SEQUENCE = 0x08
_LENGTH_BYTES = 2
"""Room for the length of an element in a packet."""
_MIN_PART = 8
"""Bytes of a unit that are worth beginning in the rest of a packet."""


def packetize(frame: bytes, mtu: int) -> list[bytes]:
    """Packets filled one after the other.

    Raises:
        MediaError: The temporal unit is malformed or empty.
    """
    units = [obu.without_size() for obu in essential_obus(frame)]
    if not units:
        raise MediaError("empty frame")
    packets: list[list[bytes]] = [[]]
    flags = [_NEW_SEQUENCE if is_key(frame) else 0]
    room = mtu - 1
    for unit in units:
        start = 0
        while start < len(unit):
            rest = len(unit) - start
            part = min(rest, room - _LENGTH_BYTES)
            if part >= min(rest, _MIN_PART):
                packets[-1].append(unit[start : start + part])
                start += part
                room -= part + _LENGTH_BYTES
            else:
                flags[-1] |= _UNFINISHED if start else 0
                flags.append(_CONTINUES if start else 0)
                packets.append([])
                room = mtu - 1
    return [_assemble(flag, parts) for flag, parts in zip(flags, packets, strict=True)]


def _assemble(flags: int, elements: Sequence[bytes]) -> bytes:
    """The aggregation header and the elements; of up to three the last needs no length (4.4)."""
    counted = len(elements) <= 3
    sized = elements[:-1] if counted else elements
    out = [bytes((flags | (len(elements) << 4 if counted else 0),))]
    for element in sized:
        out += (write_leb128(len(element)), element)
    if counted:
        out.append(elements[-1])
    return b"".join(out)

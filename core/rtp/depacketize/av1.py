"""AV1 (RTP Payload Format For AV1, v1.0.0, of the Alliance for Open Media)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from ...errors import MediaError
from ..bitstream import av1
from ..bitstream.bits import read_leb128

_CONTINUES = 0x80
"""Z: the first element goes on from the packet before."""
_UNFINISHED = 0x40
"""Y: the last element goes on in the next packet."""
_NEW_SEQUENCE = 0x08
"""N: the first packet of a coded video sequence."""


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The temporal unit, every OBU with a size field, without temporal delimiters."""
    units = [unit for unit in _units(payloads) if unit]
    if len(units) > av1.MAX_OBUS:
        raise MediaError("too many AV1 units in a frame")
    obus = [_whole_obu(unit) for unit in units]
    if frame := b"".join([obu.with_size() for obu in obus if obu.kind != av1.TEMPORAL_DELIMITER]):
        return frame
    raise MediaError("empty AV1 frame")


def is_key(payloads: Sequence[bytes]) -> bool:
    """Whether a new sequence, with its header and a shown key frame, begins here.

    The first packet tells if it holds both headers, so that nobody asks for the key frame that
    is on its way.
    """
    first = next(filter(None, payloads), b"")
    if not first or first[0] & (_CONTINUES | _NEW_SEQUENCE) != _NEW_SEQUENCE:
        return False
    with contextlib.suppress(MediaError):  # a torn unit that tells its own size
        units = [_whole_obu(element) for element in _elements(first) if element]
        if av1.is_key(b"".join([unit.with_size() for unit in units])):
            return True
    with contextlib.suppress(MediaError):
        return av1.is_key(depacketize(payloads))
    return False


def starts_frame(payload: bytes) -> bool:
    """Whether it does not go on from a packet before; packets end between OBUs by chance."""
    return len(payload) > 1 and not payload[0] & _CONTINUES


def _units(payloads: Sequence[bytes]) -> Iterator[bytes]:
    """OBUs as they were before they were spread over packets (4.4)."""
    open_unit: list[bytes] = []
    for payload in filter(None, payloads):
        elements = list(_elements(payload))
        if bool(payload[0] & _CONTINUES) != bool(open_unit):
            raise MediaError("AV1 fragments do not follow each other")
        for element in elements[:-1]:
            open_unit.append(element)
            yield b"".join(open_unit)
            open_unit.clear()
        open_unit.extend(elements[-1:])
        if not payload[0] & _UNFINISHED:
            yield b"".join(open_unit)
            open_unit.clear()
    if open_unit:
        raise MediaError("AV1 fragment without its end")


def _elements(payload: bytes) -> Iterator[bytes]:
    """The OBU elements of a packet: W of them, the last without a length; or all with (4.4)."""
    count = payload[0] >> 4 & 3
    offset, index = 1, 0
    while offset < len(payload):
        index += 1
        if index == count:
            yield payload[offset:]
            return
        size, offset = read_leb128(payload, offset)
        if offset + size > len(payload):
            raise MediaError("AV1 element is cut short")
        yield payload[offset : offset + size]
        offset += size
    if index < count:
        raise MediaError("AV1 elements are missing")


def _whole_obu(unit: bytes) -> av1.Obu:
    obu, stop = av1.read_obu(unit)
    if stop < len(unit):
        raise MediaError("AV1 element holds more than one unit")
    return obu

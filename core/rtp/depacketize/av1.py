"""AV1 (RTP Payload Format For AV1, v1.0.0, of the Alliance for Open Media)."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence

from ...errors import MediaError
from ..bitstream import av1
from ..bitstream.bits import read_leb128

_CONTINUES = 0x80
"""Z: the first element goes on from the packet before."""
_UNFINISHED = 0x40
"""Y: the last element goes on in the next packet."""
_FRAMES = (av1.FRAME, av1.FRAME_HEADER)
_SHOWN_KEY_FRAME = 1
"""show_existing_frame 0, frame_type KEY_FRAME, show_frame 1 (AV1 5.9.2)."""
_STILL = 0x08
"""reduced_still_picture_header in the first byte of a sequence header (AV1 5.5.1)."""


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The temporal unit, every OBU with a size field, without temporal delimiters."""
    obus = list(itertools.islice(_obus(payloads), av1.MAX_OBUS + 1))
    if len(obus) > av1.MAX_OBUS:
        raise MediaError("too many AV1 units in a frame")
    if frame := b"".join([obu.with_size() for obu in obus if obu.kind != av1.TEMPORAL_DELIMITER]):
        return frame
    raise MediaError("empty AV1 frame")


def is_key(payloads: Sequence[bytes]) -> bool:
    """Whether a shown key frame begins here; its sequence header may have come before.

    The first packet tells if it holds the start of the frame, so that nobody asks for the key
    frame that is on its way.
    """
    first = next(filter(None, payloads), b"")
    if not first or first[0] & _CONTINUES:
        return False
    with contextlib.suppress(MediaError):
        for kind, begin in _heads(first):
            if kind == av1.SEQUENCE_HEADER and begin and begin[0] & _STILL:
                break
            if kind in _FRAMES and begin:
                return begin[0] >> 4 == _SHOWN_KEY_FRAME
    with contextlib.suppress(MediaError):
        return av1.is_key(depacketize(payloads))
    return False


def parameter_sets(payloads: Sequence[bytes]) -> Sequence[bytes]:
    """The sequence header, if there is one."""
    with contextlib.suppress(MediaError):
        if next(_heads(payloads[0]), (0, b""))[0] in _FRAMES:
            return ()  # as nearly always
        for obu in _obus(payloads):
            if obu.kind == av1.SEQUENCE_HEADER:
                return (obu.without_size(),)
            if obu.kind in _FRAMES:
                break
    return ()


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


def _obus(payloads: Sequence[bytes]) -> Iterator[av1.Obu]:
    """OBUs one by one: some encoders hand over whole temporal units as one element."""
    for unit in _units(payloads):
        yield from av1.read_obus(unit)


def _heads(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and first byte of what is in each unit that begins in a packet without Z.

    The byte is missing where the unit goes on in the next packet and has not come to it.
    """
    for element in _elements(payload):
        offset = 0
        while offset < len(element):
            head = element[offset]
            start = offset + (2 if head & 4 else 1)
            size = len(element)
            if head & 2:
                size, start = read_leb128(element, start)
            yield head >> 3 & 15, element[start : start + 1]
            offset = start + size

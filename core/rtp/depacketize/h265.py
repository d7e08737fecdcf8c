"""H.265 (RFC 7798): single NAL units, aggregation packets and fragmentation units.

Decoding order numbers (sprop-max-don-diff above 0) are not used by browsers and not supported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...errors import MediaError
from ..bitstream import h265
from ..bitstream.nal import join_annex_b

_AGGREGATION = 48
_FRAGMENT = 49
_START = 0x80
_END = 0x40


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The access unit as Annex B; parameter sets repeated after its first slice are dropped."""
    if frame := join_annex_b(h265.without_repeats(_nals(payloads))):
        return frame
    raise MediaError("empty H.265 frame")


def is_key(payloads: Sequence[bytes]) -> bool:
    """Whether the first slice is there and belongs to an IDR, BLA or CRA picture."""
    try:
        for payload in filter(None, payloads):
            for head in _heads(payload):
                if h265.is_slice(head):
                    return h265.is_random_access(head) and h265.is_first_slice(head)
    except MediaError:
        pass
    return False


def starts_frame(payload: bytes) -> bool:
    """Whether it begins with the first slice of a picture, or with what comes before slices."""
    try:
        head = next(_heads(payload), b"") if payload else b""
    except MediaError:
        return False
    return bool(head) and (h265.is_first_slice(head) or not h265.is_slice(head))


def _nals(payloads: Sequence[bytes]) -> Iterator[bytes]:
    fragments: list[bytes] = []
    for payload in filter(None, payloads):
        kind = h265.nal_type(payload)
        if kind == _FRAGMENT:
            _collect(fragments, payload)
            if payload[2] & _END:
                yield b"".join(fragments)
                fragments.clear()
        elif fragments:
            raise MediaError("H.265 fragment without its end")
        elif kind == _AGGREGATION:
            yield from _split_aggregation(payload)
        else:
            yield _checked(payload)
    if fragments:
        raise MediaError("H.265 fragment without its end")


def _collect(fragments: list[bytes], payload: bytes) -> None:
    """Add one fragmentation unit (4.4.3) to the fragments of its NAL unit."""
    if len(payload) < 4:
        raise MediaError("empty H.265 fragment")
    if bool(payload[2] & _START) == bool(fragments):
        raise MediaError("H.265 fragment without its start")
    header = _fragment_header(payload)
    if not fragments:
        fragments.append(_checked(header))
    elif fragments[0] != header:
        raise MediaError("fragments of different H.265 units")
    fragments.append(payload[3:])


def _fragment_header(payload: bytes) -> bytes:
    """Header of the NAL unit that a fragmentation unit is part of."""
    return bytes((payload[0] & 0x81 | (payload[2] & 0x3F) << 1, payload[1]))


def _split_aggregation(payload: bytes) -> Iterator[bytes]:
    """The NAL units of an aggregation packet (4.4.2)."""
    offset = 2
    while offset < len(payload):
        start = offset + 2
        offset = start + int.from_bytes(payload[offset:start], "big")
        if not start < offset <= len(payload):
            raise MediaError("malformed H.265 aggregation packet")
        yield _checked(payload[start:offset])


def _checked(nal: bytes) -> bytes:
    """The unit, if it has a whole header and its type is one of H.265's own (4.4)."""
    if len(nal) > 1 and h265.nal_type(nal) < _AGGREGATION:
        return nal
    raise MediaError(f"H.265 payload structure {h265.nal_type(nal)} is not supported")


def _heads(payload: bytes) -> Iterator[bytes]:
    """The NAL units that begin in a packet; of a fragmented one, its header and what follows."""
    kind = h265.nal_type(payload)
    if kind == _AGGREGATION:
        yield from _split_aggregation(payload)
    elif kind != _FRAGMENT:
        yield _checked(payload)
    elif len(payload) > 3 and payload[2] & _START:
        yield _fragment_header(payload) + payload[3:4]

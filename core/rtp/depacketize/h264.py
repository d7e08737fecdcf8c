"""H.264 (RFC 6184): single NAL units (packetization-mode 0), STAP-A and FU-A (mode 1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...errors import MediaError
from ..bitstream import h264
from ..bitstream.nal import join_annex_b

_STAP_A = 24
_FU_A = 28
_START = 0x80
_END = 0x40


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The access unit as Annex B; parameter sets repeated after its first slice are dropped."""
    if frame := join_annex_b(h264.without_repeats(_nals(payloads))):
        return frame
    raise MediaError("empty H.264 frame")


def is_key(payloads: Sequence[bytes]) -> bool:
    """Whether the first slice is there and belongs to an IDR picture.

    A stream with intra refresh has no such picture: its recovery points need what went before.
    """
    try:
        for payload in filter(None, payloads):
            for head in _heads(payload):
                if h264.is_slice(head):
                    return h264.nal_type(head) == h264.IDR and h264.is_first_slice(head)
    except MediaError:
        pass
    return False


def starts_frame(payload: bytes) -> bool:
    """Whether it begins with the first slice of a picture, or with what comes before slices."""
    try:
        head = next(_heads(payload), b"") if payload else b""
    except MediaError:
        return False
    return bool(head) and (h264.is_first_slice(head) or not h264.is_slice(head))


def _nals(payloads: Sequence[bytes]) -> Iterator[bytes]:
    fragments: list[bytes] = []
    for payload in filter(None, payloads):
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            _collect(fragments, payload)
            if payload[1] & _END:
                yield b"".join(fragments)
                fragments.clear()
        elif fragments:
            raise MediaError("H.264 fragment without its end")
        elif kind == _STAP_A:
            yield from _split_stap(payload)
        else:
            yield _checked(payload)
    if fragments:
        raise MediaError("H.264 fragment without its end")


def _collect(fragments: list[bytes], payload: bytes) -> None:
    """Add one FU-A (5.8) to the fragments of its NAL unit."""
    if len(payload) < 3:
        raise MediaError("empty H.264 fragment")
    if bool(payload[1] & _START) == bool(fragments):
        raise MediaError("H.264 fragment without its start")
    header = _fragment_header(payload)
    if not fragments:
        fragments.append(_checked(header))
    elif fragments[0] != header:
        raise MediaError("fragments of different H.264 units")
    fragments.append(payload[2:])


def _fragment_header(payload: bytes) -> bytes:
    """Header of the NAL unit that a FU-A is part of."""
    return bytes((payload[0] & 0xE0 | payload[1] & 0x1F,))


def _split_stap(payload: bytes) -> Iterator[bytes]:
    """The NAL units of a STAP-A (5.7.1)."""
    offset = 1
    while offset < len(payload):
        start = offset + 2
        offset = start + int.from_bytes(payload[offset:start], "big")
        if not start < offset <= len(payload):
            raise MediaError("malformed H.264 aggregation packet")
        yield _checked(payload[start:offset])


def _checked(nal: bytes) -> bytes:
    """The unit, if its type is one of H.264's own (5.2, table 1)."""
    if 1 <= nal[0] & 0x1F <= 23:
        return nal
    raise MediaError(f"H.264 payload structure {nal[0] & 0x1F} is not supported")


def _heads(payload: bytes) -> Iterator[bytes]:
    """The NAL units that begin in a packet; of a fragmented one, its header and what follows."""
    kind = payload[0] & 0x1F
    if kind == _STAP_A:
        yield from _split_stap(payload)
    elif kind != _FU_A:
        yield _checked(payload)
    elif len(payload) > 2 and payload[1] & _START:
        yield _fragment_header(payload) + payload[2:3]

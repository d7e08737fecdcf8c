"""H.264 (RFC 6184): single NAL units (packetization-mode 0), STAP-A and FU-A (mode 1).

A stream with intra refresh has no IDR picture and so no key frame here: its recovery points
need what went before.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..bitstream import h264
from .nal_units import START, NalUnits


def _original_header(payload: bytes) -> bytes:
    """Header of the NAL unit that a FU-A is part of (5.8)."""
    return bytes((payload[0] & 0xE0 | payload[1] & 0x1F,))


def _is_idr(head: bytes) -> bool:
    return h264.nal_type(head) == h264.IDR


UNITS = NalUnits(
    name="H.264",
    header=1,
    aggregation=24,
    fragment=28,
    types=range(1, 24),
    type_of=h264.nal_type,
    original_header=_original_header,
    is_slice=h264.is_slice,
    is_first_slice=h264.is_first_slice,
    is_random_access=_is_idr,
    unit_key=h264.unit_key,
    without_repeats=h264.without_repeats,
)
depacketize = UNITS.depacketize
starts_frame = UNITS.starts_frame


def is_key(payloads: Sequence[bytes]) -> bool:
    """Whether it is an IDR picture; most are not, by the first bytes of their first slice."""
    first = payloads[0][:3] if payloads else b""
    kind = first[0] & 0x1F if first else 0
    if kind == UNITS.fragment and len(first) > 2 and first[1] & START:
        kind = first[1] & 0x1F
    return not 1 <= kind < h264.IDR and UNITS.is_key(payloads)


def parameter_sets(payloads: Sequence[bytes]) -> Sequence[bytes]:
    """Those before the first slice; most frames begin with it, and are judged by two bytes."""
    first = payloads[0]
    kind = first[0] & 0x1F
    if kind == UNITS.fragment and len(first) > 1:
        kind = first[1] & 0x1F
    return () if 1 <= kind <= 5 else UNITS.parameter_sets(payloads)

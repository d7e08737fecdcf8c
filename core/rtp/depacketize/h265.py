"""H.265 (RFC 7798): single NAL units, aggregation packets and fragmentation units.

Decoding order numbers (sprop-max-don-diff above 0) are not used by browsers and not supported.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..bitstream import h265
from .nal_units import NalUnits


def _original_header(payload: bytes) -> bytes:
    """Header of the NAL unit that a fragmentation unit is part of (4.4.3)."""
    return bytes((payload[0] & 0x81 | (payload[2] & 0x3F) << 1, payload[1]))


UNITS = NalUnits(
    name="H.265",
    header=2,
    aggregation=48,
    fragment=49,
    types=range(48),
    type_of=h265.nal_type,
    original_header=_original_header,
    is_slice=h265.is_slice,
    is_first_slice=h265.is_first_slice,
    is_random_access=h265.is_random_access,
    unit_key=h265.unit_key,
    without_repeats=h265.without_repeats,
)
depacketize = UNITS.depacketize
is_key = UNITS.is_key
starts_frame = UNITS.starts_frame


def parameter_sets(payloads: Sequence[bytes]) -> Sequence[bytes]:
    """Those before the first slice; most frames begin with it, and are judged by three bytes."""
    first = payloads[0]
    kind = first[0] >> 1 & 0x3F
    if kind == UNITS.fragment and len(first) > 2:
        kind = first[2] & 0x3F
    return () if kind < h265.VPS else UNITS.parameter_sets(payloads)

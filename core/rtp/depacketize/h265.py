"""H.265 (RFC 7798): single NAL units, aggregation packets and fragmentation units.

Decoding order numbers (sprop-max-don-diff above 0) are not used by browsers and not supported.
"""

from __future__ import annotations

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
    without_repeats=h265.without_repeats,
)
depacketize = UNITS.depacketize
is_key = UNITS.is_key
starts_frame = UNITS.starts_frame

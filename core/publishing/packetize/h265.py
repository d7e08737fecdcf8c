"""H.265 (RFC 7798): small units together, large ones in fragments."""

from __future__ import annotations

from collections.abc import Sequence

from ...rtp.bitstream.h265 import essential_nals, nal_type
from .nal import packetize_nals
from .state import split_evenly

_AGGREGATION = 48
_FRAGMENT = 49


def packetize(frame: bytes, mtu: int) -> list[bytes]:
    """Single NAL units, aggregation packets and fragmentation units."""
    nals = essential_nals(frame)
    return packetize_nals(nals, mtu, header=2, combine=_combine, fragment=_fragment)


def _header(kind: int, layer: int, temporal_id: int) -> bytes:
    """A payload header without the forbidden bit; ``temporal_id`` is nuh_temporal_id_plus1."""
    return (kind << 9 | layer << 3 | temporal_id).to_bytes(2, "big")


def _layer(nal: bytes) -> int:
    """nuh_layer_id."""
    return (nal[0] & 1) << 5 | nal[1] >> 3


def _combine(nals: Sequence[bytes]) -> bytes:
    """An aggregation packet, with the lowest layer and temporal id of its units (4.4.2)."""
    header = _header(_AGGREGATION, min(map(_layer, nals)), min(nal[1] & 7 for nal in nals))
    sized = (len(nal).to_bytes(2, "big") + nal for nal in nals)
    return b"".join((header, *sized))


def _fragment(nal: bytes, mtu: int) -> list[bytes]:
    """Fragmentation units (4.4.3)."""
    header = bytes((nal[0] & 0x81 | _FRAGMENT << 1, nal[1]))
    parts = split_evenly(nal[2:], mtu - 3)
    payloads: list[bytes] = []
    for index, part in enumerate(parts):
        position = (index == 0) << 7 | (index == len(parts) - 1) << 6
        payloads.append(header + bytes((position | nal_type(nal),)) + part)
    return payloads

"""H.264 with packetization-mode 1 (RFC 6184): small units together, large ones in fragments."""

from __future__ import annotations

from collections.abc import Sequence

from ...rtp.bitstream.h264 import essential_nals
from .nal import packetize_nals
from .state import split_evenly

_STAP_A = 24
_FU_A = 28


def packetize(frame: bytes, mtu: int) -> list[bytes]:
    """Single NAL units, STAP-A and FU-A."""
    nals = essential_nals(frame)
    return packetize_nals(nals, mtu, header=1, combine=_combine, fragment=_fragment)


def _combine(nals: Sequence[bytes]) -> bytes:
    """A STAP-A, as important as its most important unit (5.7.1)."""
    forbidden = max(nal[0] & 0x80 for nal in nals)
    importance = max(nal[0] & 0x60 for nal in nals)
    sized = (len(nal).to_bytes(2, "big") + nal for nal in nals)
    return b"".join((bytes((forbidden | importance | _STAP_A,)), *sized))


def _fragment(nal: bytes, mtu: int) -> list[bytes]:
    """FU-A packets (5.8)."""
    parts = split_evenly(nal[1:], mtu - 2)
    payloads: list[bytes] = []
    for index, part in enumerate(parts):
        position = (index == 0) << 7 | (index == len(parts) - 1) << 6
        header = bytes((nal[0] & 0xE0 | _FU_A, position | nal[0] & 0x1F))
        payloads.append(header + part)
    return payloads

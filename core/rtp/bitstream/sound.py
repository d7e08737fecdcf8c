"""What packets of sound say of themselves: how long they last, and for how many ears."""

from __future__ import annotations

from ...model import Codec


def _opus_ticks(data: bytes) -> int:
    first = data[0]
    ticks = _OPUS_TICKS[first]
    if first & 3 == 3 and len(data) > 1:
        ticks *= data[1] & 0x3F
    return ticks


def _opus_ticks_by_first_byte(first: int) -> int:
    """RFC 6716, 3.1: size and count of its frames; where the second byte counts, of one."""
    config = first >> 3
    if config < 12:
        ticks = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        ticks = (480, 960)[config & 1]
    else:
        ticks = (120, 240, 480, 960)[config & 3]
    return ticks * 2 if first & 3 in (1, 2) else ticks


_OPUS_TICKS = tuple(map(_opus_ticks_by_first_byte, range(256)))
TICKS = {Codec.OPUS: _opus_ticks, Codec.PCMU: len, Codec.PCMA: len, Codec.G722: len}
"""Duration of a packet in ticks of its RTP clock, by codec; G.711 and G.722 have a byte each."""


def channels(codec: Codec, data: bytes) -> int:
    """1 or 2, of a packet that is not empty: an Opus encoder may change it (RFC 6716, 3.1)."""
    return 2 if codec is Codec.OPUS and data[0] & 4 else 1

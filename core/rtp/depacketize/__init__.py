"""RTP payloads of one frame → the encoded frame, one module per codec.

Each module has four functions on payloads without padding, in order and of one timestamp:

- ``depacketize(payloads)``: the frame as in `EncodedFrame.data`; `MediaError` where it is
  malformed or incomplete. Empty payloads (packets of padding only) are passed over.
- ``is_key(payloads)``: whether decoding can begin with it; false where it is malformed.
- ``starts_frame(payload)``: whether a packet begins a frame, so that nothing before it is missing.
- ``parameter_sets(payloads)``: those units before the picture that `parameter_sets` remembers:
  NAL units without start codes, OBUs without sizes; usually none. No payload may be empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...model import Codec
from . import audio, av1, h264, h265, vp8, vp9


class Depacketizer(NamedTuple):
    """The functions of one codec."""

    depacketize: Callable[[Sequence[bytes]], bytes]
    is_key: Callable[[Sequence[bytes]], bool]
    starts_frame: Callable[[bytes], bool]
    parameter_sets: Callable[[Sequence[bytes]], Sequence[bytes]]


def _none(_: Sequence[bytes]) -> Sequence[bytes]:
    return ()


_AUDIO = Depacketizer(audio.depacketize, audio.is_key, audio.starts_frame, _none)
_VIDEO = {
    Codec.H264: Depacketizer(h264.depacketize, h264.is_key, h264.starts_frame, h264.parameter_sets),
    Codec.H265: Depacketizer(h265.depacketize, h265.is_key, h265.starts_frame, h265.parameter_sets),
    Codec.VP8: Depacketizer(vp8.depacketize, vp8.is_key, vp8.starts_frame, _none),
    Codec.VP9: Depacketizer(vp9.depacketize, vp9.is_key, vp9.starts_frame, _none),
    Codec.AV1: Depacketizer(av1.depacketize, av1.is_key, av1.starts_frame, av1.parameter_sets),
}


def depacketizer(codec: Codec) -> Depacketizer:
    """The depacketiser of a codec; audio payloads are frames as they are."""
    return _VIDEO.get(codec, _AUDIO)

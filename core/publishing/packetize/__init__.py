"""Encoded frames → RTP payloads, one module per codec: the other way round of `rtp.depacketize`."""

from __future__ import annotations

from ...model import Codec
from . import av1, h264, h265, vp8, vp9
from .state import PacketizerState

__all__ = ["MIN_MTU", "PacketizerState", "packetize"]

MIN_MTU = 32
"""The largest descriptor and some payload."""


def packetize(
    codec: Codec, frame: bytes, *, mtu: int = 1180, state: PacketizerState
) -> list[bytes]:
    """The RTP payloads of one frame, in order; the last one's packet has the marker bit.

    Args:
        codec: Any codec; an audio packet is its only payload.
        frame: As in `EncodedFrame.data`.
        mtu: Bytes in a payload at most, not less than `MIN_MTU`.
        state: What goes on from frame to frame; one for each track.

    Raises:
        MediaError: The frame is malformed or empty.
    """
    match codec:
        case Codec.H264:
            return h264.packetize(frame, mtu)
        case Codec.H265:
            return h265.packetize(frame, mtu)
        case Codec.VP8:
            return vp8.packetize(frame, mtu, state.next_picture_id())
        case Codec.VP9:
            return vp9.packetize(frame, mtu, state.next_picture_id())
        case Codec.AV1:
            return av1.packetize(frame, mtu)
        case _:
            return [frame]

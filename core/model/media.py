"""What a track carries: codecs, frames, and the sender's clock."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a track carries."""

    AUDIO = "audio"
    VIDEO = "video"


_SOUND_RATES = {"opus": 48000, "pcmu": 8000, "pcma": 8000, "g722": 8000}
_PICTURE_RATE = 90000


class Codec(StrEnum):
    """Codecs that can be recorded, by the name shown to people."""

    H264 = "h264"
    H265 = "h265"
    VP8 = "vp8"
    VP9 = "vp9"
    AV1 = "av1"
    OPUS = "opus"
    PCMU = "pcmu"
    PCMA = "pcma"
    G722 = "g722"

    kind: Kind
    """Whether this is a codec for sound or for pictures."""
    clock_rate: int
    """RTP clock in Hz. G.722 counts 8 kHz although it samples at 16 kHz (RFC 3551, 4.5.2)."""

    def __init__(self, name: str) -> None:
        # Plain attributes: both are read several times for every frame.
        self.kind = Kind.AUDIO if name in _SOUND_RATES else Kind.VIDEO
        self.clock_rate = _SOUND_RATES.get(name, _PICTURE_RATE)


class Container(StrEnum):
    """Kinds of files, by their extension."""

    AUTO = "auto"
    """By the codecs: ``ts`` for H.264 and H.265, else ``mkv``."""
    TS = "ts"
    MKV = "mkv"
    MP4 = "mp4"


class EncodedFrame(msgspec.Struct, frozen=True, gc=False):
    """One access unit of video, or one packet of audio, as the sender encoded it."""

    codec: Codec
    data: bytes
    """H.264/H.265: Annex B, four-byte start codes. VP8/VP9: the frame (VP9: superframe where
    it has layers). AV1: a temporal unit without temporal delimiters, every OBU with its size.
    Audio: the codec's packet."""
    rtp_time: int
    """RTP timestamp, unwrapped: never jumps by 2^32 within one epoch."""
    arrival: float
    """When its last packet arrived."""
    key: bool
    """Decodable without what went before; always true for audio."""
    width: int = 0
    """Pixels, from the bitstream; on video key frames only."""
    height: int = 0
    hole: bool = False
    """Something before this frame was lost for good."""
    epoch: int = 0
    """Counts restarts of the RTP clock (a new SSRC); times of two epochs are not comparable."""


class SenderReport(msgspec.Struct, frozen=True, gc=False):
    """One point of the sender's clock (RFC 3550, 6.4.1)."""

    ntp: float
    """Sender's wall clock, seconds since the Unix epoch."""
    rtp_time: int
    """The same instant on the track's RTP clock, unwrapped like `EncodedFrame.rtp_time`."""
    arrival: float
    epoch: int = 0

"""What a test source sends."""

from __future__ import annotations

import msgspec

from ..errors import UsageError
from ..model import Codec, Kind

MIN_SIDE = 64
MAX_SIDE = 4096


class SourceConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a test source sends; with ``file``, only audio, video and seconds matter besides."""

    name: str
    """Written large into the picture."""
    number: int = 0
    """0 to 255, in the bar code: tells streams apart where text cannot be read."""
    codec: Codec = Codec.H264
    audio_codec: Codec = Codec.OPUS
    width: int = 640
    height: int = 360
    fps: float = 30.0
    """Less than 1 is a screen that changes every few seconds."""
    bitrate: int = 1_000_000
    """Bits per second of the video."""
    audio_bitrate: int = 64_000
    """Bits per second of Opus; the other audio codecs have a fixed rate."""
    channels: int = 2
    """Of Opus; the other audio codecs are mono."""
    key_interval: float = 10.0
    """Seconds between key frames that nobody asked for."""
    seconds: float | None = None
    """Ends by itself after so much media."""
    audio: bool = True
    video: bool = True
    file: str | None = None
    """Send the encoded packets of this file instead."""

    def __post_init__(self) -> None:
        """Refuse what no encoder can do.

        Raises:
            UsageError: With what to change.
        """
        if not (self.audio or self.video):
            raise UsageError("Nothing to send: both audio and video are off.")
        if self.codec.kind is not Kind.VIDEO:
            raise UsageError(f"{self.codec} is not a video codec: use h264, vp8, vp9, av1 or h265.")
        if self.audio_codec.kind is not Kind.AUDIO:
            raise UsageError(
                f"{self.audio_codec} is not an audio codec: use opus, pcmu, pcma, g722."
            )
        if not 0 <= self.number <= 255:
            raise UsageError(f"Stream number {self.number}: it must be 0 to 255.")
        if not 0.1 <= self.fps <= 120.0:
            raise UsageError(f"{self.fps:g} frames per second: it must be 0.1 to 120.")
        if self.channels not in (1, 2):
            raise UsageError(f"{self.channels} sound channels: it must be 1 or 2.")
        if min(self.bitrate, self.audio_bitrate) < 6000:
            raise UsageError("Bits per second: it must be 6000 at least.")
        if self.key_interval <= 0:
            raise UsageError("Seconds between key frames: it must be more than 0.")
        check_size(self.width, self.height)


def check_size(width: int, height: int) -> None:
    """Refuse a picture size that the encoders refuse (4:2:0 needs even sides).

    Raises:
        UsageError: With what to change.
    """
    for side in (width, height):
        if side % 2 or not MIN_SIDE <= side <= MAX_SIDE:
            raise UsageError(
                f"Picture size {width}x{height}: both sides must be even, {MIN_SIDE} to {MAX_SIDE}."
            )

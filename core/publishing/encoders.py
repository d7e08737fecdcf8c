"""Encoders that give one frame for every picture at once, and a key frame when asked.

All run without look-ahead, without frames that refer to later ones, in one layer. Key frames
come only where they are asked for: the encoders' own key intervals are set out of reach.
"""

from __future__ import annotations

import os
import re
from fractions import Fraction
from typing import Any, Protocol, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.codec.codec import UnknownCodecError
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from ..errors import MediaError, UsageError
from ..model import Codec, EncodedFrame
from ..real_time import leave_real_time
from .tones import LOWEST, ToneMaker, level

_NEVER = 1 << 20  # frames; no test runs so long
_ENCODERS = {
    Codec.H264: "libx264",
    Codec.H265: "libx265",
    Codec.VP8: "libvpx",
    Codec.VP9: "libvpx-vp9",
    Codec.AV1: "libsvtav1",
    Codec.OPUS: "libopus",
    Codec.PCMU: "pcm_mulaw",
    Codec.PCMA: "pcm_alaw",
    Codec.G722: "g722",
}
_LIBVPX = {
    "deadline": "realtime",
    "cpu-used": "8",
    "lag-in-frames": "0",
    "auto-alt-ref": "0",
    "error-resilient": "0",
}
_OPTIONS: dict[Codec, dict[str, str]] = {
    Codec.H264: {
        "preset": "superfast",
        "tune": "zerolatency",
        "profile": "baseline",
    },
    Codec.H265: {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "forced-idr": "1",
        "x265-params": "log-level=error:pools=1:frame-threads=1:scenecut=0:open-gop=0"
        ":repeat-headers=1",
    },
    Codec.VP8: _LIBVPX,
    Codec.VP9: _LIBVPX,
    # rc=2 is constant bit rate, the only one that SVT-AV1 has for low delay (pred-struct=1).
    # From preset 10 on it leaves whole blocks of the picture before where they should change.
    Codec.AV1: {"preset": "9", "svtav1-params": "rc=2:pred-struct=1:lp=1:scd=0"},
}

_START_CODE = re.compile(rb"\x00{2,}\x01")
_TEMPORAL_DELIMITER = b"\x12\x00"


class _VideoContext(Protocol):
    """What we use of PyAV's context once it is open: its own type leaves packets unknown."""

    def encode(self, frame: av.VideoFrame | None, /) -> list[Packet[Any]]: ...


class _AudioContext(Protocol):
    def encode(self, frame: av.AudioFrame, /) -> list[Packet[Any]]: ...


def as_sent(codec: Codec, data: bytes) -> bytes:
    """A coded picture in the form that `EncodedFrame.data` has.

    H.264 and H.265 get four-byte start codes (Annex B), AV1 loses its temporal delimiter;
    the others stay as they are.
    """
    if codec in (Codec.H264, Codec.H265):
        return _START_CODE.sub(b"\x00\x00\x00\x01", data)
    if codec is Codec.AV1:
        return data.removeprefix(_TEMPORAL_DELIMITER)
    return data


class VideoEncoder:
    """Encodes pictures of one size."""

    def __init__(self, codec: Codec, width: int, height: int, fps: float, bitrate: int) -> None:
        """Open the encoder.

        Args:
            codec: A video codec.
            width: Pixels, even.
            height: Pixels, even.
            fps: About how many pictures per second will come, for rate control.
            bitrate: Bits per second.

        Raises:
            UsageError: This build of FFmpeg has no such encoder, or it refuses these values.
        """
        self._codec = codec
        self._width = width
        self._height = height
        self._duration = round(codec.clock_rate / fps)
        context = cast(VideoCodecContext, _create(codec))
        context.width, context.height = width, height
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, codec.clock_rate)
        context.framerate = Fraction(fps).limit_denominator(1001)
        context.bit_rate = bitrate
        context.gop_size = _NEVER
        context.max_b_frames = 0
        # One thread: the pictures are small, and the streams are many.
        context.thread_count = 1
        context.options = dict(_OPTIONS[codec])
        _open(context, codec)
        if codec is Codec.AV1:
            leave_real_time()
        self._context: _VideoContext = context

    def encode(
        self, picture: av.VideoFrame, rtp_time: int, arrival: float, *, key: bool = False
    ) -> EncodedFrame | None:
        """Encode one picture.

        Args:
            picture: yuv420p of the encoder's size.
            rtp_time: On the 90 kHz clock, larger than the one before.
            arrival: Given through to the frame.
            key: Make it a key frame, with all parameter sets.

        Returns:
            `None` where rate control dropped the picture.

        Raises:
            MediaError: The encoder held the picture back: it is not the low-delay one we know.
        """
        picture.pts = rtp_time
        picture.time_base = Fraction(1, self._codec.clock_rate)
        picture.duration = self._duration
        picture.pict_type = PictureType.I if key else PictureType.NONE
        packets = self._context.encode(picture)
        if not packets:
            return None
        if len(packets) > 1 or packets[0].pts != rtp_time:
            raise MediaError(f"The {self._codec} encoder does not give one frame per picture.")
        is_key = packets[0].is_keyframe
        return EncodedFrame(
            codec=self._codec,
            data=as_sent(self._codec, bytes(packets[0])),
            rtp_time=rtp_time,
            arrival=arrival,
            key=is_key,
            width=self._width if is_key else 0,
            height=self._height if is_key else 0,
        )

    def close(self) -> None:
        """End the encoder's stream: SVT-AV1 complains about one that just disappears."""
        self._context.encode(None)


class AudioEncoder:
    """Encodes the packets of a `ToneMaker`, 20 ms each."""

    def __init__(self, codec: Codec, bitrate: int, channels: int, number: int) -> None:
        """Open the encoder, and the tones that fit it.

        Args:
            codec: An audio codec.
            bitrate: Bits per second, of Opus; the others have a fixed one.
            channels: 1 or 2, of Opus; the others are mono.
            number: Stream number, for the tones.

        Raises:
            UsageError: This build of FFmpeg has no such encoder, or it refuses these values.
        """
        self._codec = codec
        opus = codec is Codec.OPUS
        channels = channels if opus else 1
        # G.722 samples at 16 kHz, whatever its RTP clock says (RFC 3551, 4.5.2).
        rate = 16000 if codec is Codec.G722 else codec.clock_rate
        self._tones = ToneMaker(number, rate, channels)
        self.level = LOWEST
        """Of the last packet, as of `tones.level`."""
        context = cast(AudioCodecContext, _create(codec))
        context.sample_rate = rate
        context.layout = "mono" if channels == 1 else "stereo"
        context.format = "s16"
        context.time_base = Fraction(1, rate)
        if opus:
            context.bit_rate = bitrate
            context.options = {"frame_duration": "20"}
        _open(context, codec)
        self._context: _AudioContext = context

    def encode(self, index: int, arrival: float) -> EncodedFrame:
        """Encode the tone packet of this number, each once and in order.

        Raises:
            MediaError: The encoder did not give one packet.
        """
        packet = self._tones.packet(index)
        self.level = level(packet)
        packets = self._context.encode(packet)
        if len(packets) != 1:
            raise MediaError(f"The {self._codec} encoder does not give one packet per 20 ms.")
        return EncodedFrame(
            codec=self._codec,
            data=bytes(packets[0]),
            rtp_time=index * self._codec.clock_rate // 50,
            arrival=arrival,
            key=True,
        )


def _create(codec: Codec) -> av.CodecContext:
    if codec is Codec.AV1:
        # SVT-AV1 prints its settings to stderr at every start; errors are enough.
        os.environ.setdefault("SVT_LOG", "1")
    try:
        return av.CodecContext.create(_ENCODERS[codec], "w")
    except UnknownCodecError:
        raise UsageError(
            f"This build of PyAV cannot encode {codec} (no {_ENCODERS[codec]}): use another codec."
        ) from None


def _open(context: av.CodecContext, codec: Codec) -> None:
    try:
        context.open()
    except (FFmpegError, ValueError) as error:
        raise UsageError(f"The {codec} encoder refuses this size or rate: {error}") from error

"""MPEG-TS and Matroska as libavformat writes them (files.md §5)."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any, NamedTuple

import av
import msgspec
from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.stream import Stream

from ...errors import MediaError, RecordingError
from ...model import Codec, EncodedFrame
from ..sink import Sink
from ..templates import template
from .formats import VideoFormat

_NAMES = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.VP8: "vp8",
    Codec.VP9: "vp9",
    Codec.AV1: "av1",
}
_WAITED_FOR = frozenset({Codec.VP8, Codec.VP9})
_FORMATS = {"ts": "mpegts", "mkv": "matroska"}

# How much a killed process loses: packets are flushed as they are muxed, a silent track holds
# the other back for a fifth of a second, and a Matroska cluster reaches the disk when it is
# complete. Where decode times begin below zero, a transport stream is shifted as a whole, for
# its times cannot be negative; Matroska has no decode times.
_COMMON = {"flush_packets": "1", "max_interleave_delta": "200000"}
_OPTIONS = {
    "ts": _COMMON,
    "mkv": _COMMON | {"cluster_time_limit": "300", "avoid_negative_ts": "disabled"},
}


class _TimeBase(NamedTuple):
    """What PyAV reads of a fraction, at less cost."""

    numerator: int
    denominator: int


class _Track(msgspec.Struct):
    stream: Stream
    time_base: Any


class LibavMuxer:
    """Writes one file of a kind that libavformat knows.

    Raises:
        RecordingError: It refuses these codecs.
    """

    def __init__(
        self, sink: Sink, kind: str, video: VideoFormat | None, audio: Codec | None
    ) -> None:
        self._tracks: dict[Codec, _Track] = {}
        self._began = False
        try:
            # PyAV's own types leave out what its methods take.
            self._container: Any = av.open(sink, "w", format=_FORMATS[kind], options=_OPTIONS[kind])
            self._mux = self._container.mux_one
            if video:
                self._add_track(video.codec, self._video_stream(video))
            if audio:
                self._add_track(audio, self._audio_stream(audio))
            if video and video.codec in _WAITED_FOR:
                self._wait_for_no_picture(video)
        except (FFmpegError, ValueError) as error:
            raise RecordingError(str(error)) from error

    def write(self, frame: EncodedFrame, pts: int, dts: int, ticks: int) -> None:
        """Add a frame; raises as `Muxer.write`."""
        track = self._tracks[frame.codec]
        packet = Packet(frame.data)
        packet.stream = track.stream
        packet.time_base = track.time_base
        packet.pts = pts
        packet.dts = dts
        packet.duration = ticks
        packet.is_keyframe = frame.key
        try:
            self._mux(packet)
        except (FFmpegError, ValueError) as error:
            raise self._refusal(frame, error) from error
        finally:
            self._began = True

    def flush(self) -> None:
        """All that can be in the sink is there."""

    def close(self) -> None:
        """Write what the container wants at its end; raises as `Muxer.close`."""
        try:
            self._container.close()
        except (FFmpegError, ValueError) as error:
            raise RecordingError(str(error)) from error

    def _wait_for_no_picture(self, video: VideoFormat) -> None:
        """Let sound be written while the picture is frozen.

        libavformat's interleaving gives up a silent stream after `max_interleave_delta`, but not
        one of VP8 or VP9. Once the header is written nothing else asks for the codec.
        """
        self._container.start_encoding()
        other: Any
        with av.open(io.BytesIO(), "w", format="matroska") as other:
            source = other.add_mux_stream("mjpeg", width=video.width, height=video.height)
            BitStreamFilterContext(
                "null", in_stream=source, out_stream=self._tracks[video.codec].stream
            )

    def _add_track(self, codec: Codec, stream: Stream) -> None:
        stream.time_base = Fraction(1, codec.clock_rate)
        self._tracks[codec] = _Track(stream, _TimeBase(1, codec.clock_rate))

    def _video_stream(self, video: VideoFormat) -> Stream:
        return self._container.add_mux_stream(
            _NAMES[video.codec], width=video.width, height=video.height
        )

    def _audio_stream(self, codec: Codec) -> Stream:
        source = template(codec).stream
        if codec is Codec.OPUS:
            return self._container.add_stream_from_template(source)
        # PyAV lets only well-known pairs of codec and container through. A filter that
        # does nothing copies the parameters of its input to its output all the same.
        stream: Stream = self._container.add_mux_stream("pcm_s16le", rate=8000)
        BitStreamFilterContext("null", in_stream=source, out_stream=stream)
        return stream

    def _refusal(self, frame: EncodedFrame, error: Exception) -> RecordingError | MediaError:
        if not isinstance(error, InvalidDataError):
            return RecordingError(str(error))
        kind = MediaError if self._began else RecordingError
        return kind(f"not a frame of {frame.codec}: {error}")

"""Encoded frames → one file, as they are."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import av
import msgspec
from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.stream import Stream

from ..errors import DiskFullError, MediaError, RecordingError
from ..model import Codec, EncodedFrame
from ..rtp.bitstream import reorder_depth
from .decode_order import DecodeTimes
from .disk import FULL
from .sink import Sink
from .templates import template

_NAMES = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.VP8: "vp8",
    Codec.VP9: "vp9",
    Codec.AV1: "av1",
}
_FORMATS = {"ts": "mpegts", "mkv": "matroska"}
_REORDERING = frozenset({Codec.H264, Codec.H265})
"""Codecs whose pictures may be shown in another order than they are sent."""

# How much a killed process loses: packets are flushed as they are muxed, a silent track holds
# the other back for half a second, and a Matroska cluster reaches the disk when it is complete.
# Where decode times begin below zero, a transport stream is shifted as a whole, for its times
# cannot be negative; Matroska has no decode times.
_OPTIONS = {
    "mpegts": {"flush_packets": "1", "max_interleave_delta": "500000"},
    "matroska": {
        "flush_packets": "1",
        "max_interleave_delta": "500000",
        "cluster_time_limit": "400",
        "avoid_negative_ts": "disabled",
    },
}


class VideoFormat(NamedTuple):
    """A video track at its first frame; pixels."""

    codec: Codec
    width: int
    height: int


def extension(video: Codec | None, audio: Codec | None) -> str:
    """Return ``ts`` for H.264 or H.265 alone or with Opus, ``mkv`` for everything else."""
    if video in (Codec.H264, Codec.H265) and audio in (Codec.OPUS, None):
        return "ts"
    return "mkv"


class _Track(msgspec.Struct):
    """What the muxer is told of a track."""

    stream: Stream
    time_base: Fraction
    ticks: Callable[[bytes], int] | None
    """How long a packet of sound lasts; pictures do not say so."""
    order: DecodeTimes
    last: int | None = None
    """Decode time of its last frame, in ticks."""


class TakeFile:
    """One file being written; used by one thread.

    Times are ticks of the codec's RTP clock (`Codec.clock_rate`). Those of sound increase
    strictly; those of pictures, which come in decode order, need not. The file is that of
    `naming.open_take_file`, which this object closes.

    Raises:
        RecordingError: The muxer refuses these codecs.
    """

    def __init__(
        self, path: Path, file: BinaryIO, video: VideoFormat | None, audio: Codec | None
    ) -> None:
        self.path = path
        self._sink = Sink(file)
        self._tracks: dict[Codec, _Track] = {}
        codec = video.codec if video else None
        try:
            name = _FORMATS[extension(codec, audio)]
            # PyAV's own types leave out what its methods take.
            self._container: Any = av.open(self._sink, "w", format=name, options=_OPTIONS[name])
            self._mux = self._container.mux_one
            if video:
                self._add_track(video.codec, self._video_stream(video))
            if audio:
                self._add_track(audio, self._audio_stream(audio))
        except (FFmpegError, ValueError) as error:
            self._sink.close()
            raise RecordingError(f"cannot begin {path.name}: {error}") from error

    @property
    def bytes(self) -> int:
        """Bytes that reached the file."""
        return self._sink.size

    @property
    def refused(self) -> bool:
        """Whether the disk took nothing at all."""
        return self._sink.error is not None and self._sink.size == 0

    def write(self, frame: EncodedFrame, pts: int) -> int:
        """Add a frame, of at least one byte; it is on the disk after the next `flush`.

        Video begins with a key frame, before any audio: some containers take the headers
        of the whole file from it.

        Returns:
            How long the frame lasts, in ticks; of a picture that is a guess.

        Raises:
            RecordingError: It cannot be written.
            MediaError: It is no frame of its codec; it is left out, and the next may be written.
        """
        track, data = self._tracks[frame.codec], frame.data
        dts = pts if track.ticks else _decode_time(track.order, frame, pts)
        packet = Packet(data)
        packet.stream = track.stream
        packet.time_base = track.time_base
        packet.pts = pts if pts > dts else dts
        packet.dts = dts
        packet.duration = ticks = (
            track.ticks(data) if track.ticks else _guess(frame, dts, track.last)
        )
        packet.is_keyframe = frame.key
        try:
            self._mux(packet)
        except (FFmpegError, ValueError) as error:
            raise self._refusal(frame, error) from error
        finally:
            track.last = dts
        return ticks

    def flush(self) -> None:
        """Write to the disk what was added.

        Raises:
            DiskFullError: No space is left; the file plays up to here.
            RecordingError: It cannot be written for another reason.
        """
        self._sink.flush()
        self._raise_kept()

    def close(self) -> None:
        """Write what the container still wants at its end; raises like `flush`."""
        try:
            self._container.close()
        except (FFmpegError, ValueError) as error:
            raise RecordingError(f"cannot finish {self.path.name}: {error}") from error
        finally:
            self._sink.close()
        self._raise_kept()

    def _add_track(self, codec: Codec, stream: Stream) -> None:
        stream.time_base = Fraction(1, codec.clock_rate)
        order = DecodeTimes(reorders=codec in _REORDERING)
        self._tracks[codec] = _Track(stream, stream.time_base, _TICKS.get(codec), order)

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
            return RecordingError(f"cannot write {self.path.name}: {error}")
        began = any(track.last is not None for track in self._tracks.values())
        kind = MediaError if began else RecordingError
        return kind(f"not a frame of {frame.codec}: {error}")

    def _raise_kept(self) -> None:
        error = self._sink.error
        if error is None:
            return
        if error.errno in FULL:
            raise DiskFullError(
                f"the disk is full: {self.path.name} ends here and plays up to here; "
                "free some space, then start the stream again"
            ) from error
        raise RecordingError(
            f"cannot write {self.path.name}: {error.strerror or error}; it plays up to here"
        ) from error


def _decode_time(order: DecodeTimes, frame: EncodedFrame, pts: int) -> int:
    if frame.key and (depth := reorder_depth(frame.codec, frame.data)) is not None:
        order.deepen(depth)
    return order.next(pts)


def _guess(frame: EncodedFrame, dts: int, last: int | None) -> int:
    """Nobody knows yet when the next picture comes: guess that it is like the last time."""
    return min(dts - last, frame.codec.clock_rate) if last is not None else 3000


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
_TICKS = {Codec.OPUS: _opus_ticks, Codec.PCMU: len, Codec.PCMA: len, Codec.G722: len}
"""How long a packet of sound lasts, in ticks of its RTP clock; G.711 and G.722 have a byte each."""

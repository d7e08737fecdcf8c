"""Encoded frames → one file, as they are."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import av
from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError, InvalidDataError
from av.stream import Stream

from ..errors import DiskFullError, MediaError, RecordingError
from ..model import Codec, EncodedFrame, Kind
from .disk import FULL
from .templates import template

_NAMES = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.VP8: "vp8",
    Codec.VP9: "vp9",
    Codec.AV1: "av1",
}
_FORMATS = {"ts": "mpegts", "mkv": "matroska"}

# How much a killed process loses: packets are flushed as they are muxed, a silent track holds
# the other back for half a second, and a Matroska cluster reaches the disk when it is complete.
_OPTIONS = {
    "mpegts": {"flush_packets": "1", "max_interleave_delta": "500000"},
    "matroska": {
        "flush_packets": "1",
        "max_interleave_delta": "500000",
        "cluster_time_limit": "400",
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


class _Sink:
    """What the muxer writes to. Counts, and keeps an error instead of raising it.

    An error raised through the muxer comes out of it late and changed, and again at the
    close; one that is kept is reported once, by `TakeFile`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self.size = 0
        self.error: OSError | None = None

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = start + offset
        if self.error is None:
            try:
                self._file.seek(self._position)
            except OSError as error:
                self.error = error
        return self._position

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        try:
            while rest and self.error is None:
                done = self._file.write(rest)
                rest = rest[done:]
                self._position += done
                self.size = max(self.size, self._position)
        except OSError as error:
            self.error = error
        return len(data)

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            self.error = self.error or error


class TakeFile:
    """One file being written; used by one thread.

    Times are ticks of the codec's RTP clock (`Codec.clock_rate`), per track strictly
    increasing. The file is that of `naming.open_take_file`, which this object closes.

    Raises:
        RecordingError: The muxer refuses these codecs.
    """

    def __init__(
        self, path: Path, file: BinaryIO, video: VideoFormat | None, audio: Codec | None
    ) -> None:
        self.path = path
        self._sink = _Sink(file)
        self._streams: dict[Kind, Stream] = {}
        self._last: dict[Kind, int] = {}
        codec = video.codec if video else None
        try:
            name = _FORMATS[extension(codec, audio)]
            # PyAV's own types leave out what its methods take.
            self._container: Any = av.open(self._sink, "w", format=name, options=_OPTIONS[name])
            if video:
                self._streams[Kind.VIDEO] = self._add_video(video)
            if audio:
                self._streams[Kind.AUDIO] = self._add_audio(audio)
        except (FFmpegError, ValueError) as error:
            self._sink.close()
            raise RecordingError(f"cannot begin {path.name}: {error}") from error

    @property
    def bytes(self) -> int:
        """Bytes that reached the file."""
        return self._sink.size

    def write(self, frame: EncodedFrame, pts: int) -> None:
        """Add a frame; one of no bytes is left out.

        Video begins with a key frame, before any audio: some containers take the headers
        of the whole file from it.

        Raises:
            DiskFullError: No space is left; the file plays up to here.
            RecordingError: It cannot be written for another reason.
            MediaError: It is no frame of its codec; it is left out, and the next may be written.
        """
        if not frame.data:
            return
        kind = frame.codec.kind
        stream = self._streams[kind]
        packet = av.Packet(frame.data)
        packet.stream = stream
        packet.time_base = Fraction(1, frame.codec.clock_rate)
        packet.pts = packet.dts = pts
        packet.duration = self._duration(frame, pts)
        packet.is_keyframe = frame.key
        began = bool(self._last)
        self._last[kind] = pts
        try:
            self._container.mux_one(packet)
        except InvalidDataError as error:
            kind_of_error = MediaError if began else RecordingError
            raise kind_of_error(f"not a frame of {frame.codec}: {error}") from error
        except (FFmpegError, ValueError) as error:
            raise RecordingError(f"cannot write {self.path.name}: {error}") from error
        self._raise_kept()

    def close(self) -> None:
        """Write what the container still wants at its end; raises like `write`."""
        try:
            self._container.close()
        except (FFmpegError, ValueError) as error:
            raise RecordingError(f"cannot finish {self.path.name}: {error}") from error
        finally:
            self._sink.close()
        self._raise_kept()

    def _add_video(self, video: VideoFormat) -> Stream:
        stream = self._container.add_mux_stream(
            _NAMES[video.codec], width=video.width, height=video.height
        )
        stream.time_base = Fraction(1, video.codec.clock_rate)
        return stream

    def _add_audio(self, codec: Codec) -> Stream:
        source = template(codec).stream
        if codec is Codec.OPUS:
            stream: Stream = self._container.add_stream_from_template(source)
        else:
            # PyAV lets only well-known pairs of codec and container through. A filter that
            # does nothing copies the parameters of its input to its output all the same.
            stream = self._container.add_mux_stream("pcm_s16le", rate=8000)
            BitStreamFilterContext("null", in_stream=source, out_stream=stream)
        stream.time_base = Fraction(1, codec.clock_rate)
        return stream

    def _duration(self, frame: EncodedFrame, pts: int) -> int:
        if frame.codec.kind is Kind.AUDIO:
            return audio_ticks(frame.codec, frame.data)
        # Nobody knows yet when the next picture comes: guess that it is like the last time.
        return min(pts - self._last.get(Kind.VIDEO, pts - 3000), frame.codec.clock_rate)

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


def audio_ticks(codec: Codec, data: bytes) -> int:
    """Return how long a packet of sound plays, in ticks of its RTP clock."""
    return _opus_ticks(data) if codec is Codec.OPUS else len(data)


def _opus_ticks(data: bytes) -> int:
    """RFC 6716, 3.1: the first byte says frame size and count, the second an odd count."""
    config, code = data[0] >> 3, data[0] & 3
    if config < 12:
        ticks = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        ticks = (480, 960)[config & 1]
    else:
        ticks = (120, 240, 480, 960)[config & 3]
    if code < 3:
        return ticks * (1 if code == 0 else 2)
    return ticks * (data[1] & 0x3F if len(data) > 1 else 1)

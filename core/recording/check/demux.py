"""A file → what its packets and its decoders say; in bounded memory unless packets are kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...errors import MediaError
from ...model import Codec, Kind
from ...rtp.bitstream import canonical
from ..lengths import length_size, start_codes
from ..reading import open_media
from .cadence import Backwards, Cadence
from .header import announced_size

ERRORS_KEPT = 20
SIZES_KEPT = 100

_REORDERED = (Codec.H264, Codec.H265)
"""May have B-frames: what is shown first may be stored later."""
_TS_REORDERED = 900_000
"""Ticks by which packets may be before others that are stored before them."""
_TS_PERIOD = 1 << 33
"""Ticks after which the times of an MPEG transport stream begin anew (ISO/IEC 13818-1, 2.4.3.7)."""

CODECS = {
    "h264": Codec.H264,
    "hevc": Codec.H265,
    "vp8": Codec.VP8,
    "vp9": Codec.VP9,
    "av1": Codec.AV1,
    "libdav1d": Codec.AV1,
    "opus": Codec.OPUS,
    "pcm_mulaw": Codec.PCMU,
    "pcm_alaw": Codec.PCMA,
    "g722": Codec.G722,
}
"""By the names that libavcodec has for them and for its decoders."""


class FilePacket(NamedTuple):
    """One packet of a track."""

    time: Fraction
    """Seconds, as the container has it."""
    key: bool
    sha256: str
    """Over the canonical form, like `SentFrame.sha256`; empty where there is none."""


class _Clock:
    """The ticks of a container, which may begin anew, as ticks that do not."""

    def __init__(self, period: int) -> None:
        self._period = period
        self._newest: int | None = None

    def follow(self, ticks: int) -> int:
        """Return the time of the next packet of the file."""
        self._newest = self.near(ticks)
        return self._newest

    def near(self, ticks: int) -> int:
        """Return the time that is meant, beside that of the last packet.

        Far back is on the other side of a new beginning, so is all but a period ahead.
        """
        if not self._period or self._newest is None:
            return ticks
        step = ticks % self._period - self._newest % self._period
        if step < -self._period // 2:
            step += self._period
        elif step > self._period - _TS_REORDERED:
            step -= self._period
        return self._newest + step


class _Keys:
    """How far key frames are apart."""

    def __init__(self) -> None:
        self.count = 0
        self.longest = (0.0, 0.0, 0)
        """Where the longest time without one begins; its seconds and frames."""
        self._since = math.inf
        self._frames = 0

    def add(self, time: float, key: bool) -> None:
        """Count a frame."""
        if self._since == math.inf:
            self._since = time
        self._frames += 1
        if time - self._since > self.longest[1]:
            self.longest = self._since, time - self._since, self._frames
        if key:
            self.count += 1
            self._since, self._frames = time, 0


class Track:
    """All that was read of one track; times in seconds, as the container has them."""

    def __init__(self, stream: VideoStream | AudioStream, clock: _Clock, keep: bool) -> None:
        self.kind = Kind.VIDEO if isinstance(stream, VideoStream) else Kind.AUDIO
        self.name = stream.codec_context.name
        self.codec = CODECS.get(self.name)
        self.time_base = stream.time_base or Fraction(1, 1000)
        self.header = _size(stream)
        self.packets: list[FilePacket] = []
        """Only where they are kept."""
        self.frames = 0
        self.hidden = 0
        """Frames that the container says are not to be shown."""
        self.starts_with_key = False
        self.cadence = Cadence(self.kind, self.reordered)
        self.keys = _Keys()
        self.backward = Backwards()
        """Over the order in which frames are stored."""
        self.disordered = Backwards()
        """Over the order in which the decoder gives pictures."""
        self.decoded = 0
        self.sizes: list[tuple[float, int, int]] = []
        self.size_changes = 0
        self.errors: list[str] = []
        self.error_count = 0
        self.untimed = 0
        self._clock = clock
        self._keep = keep
        self._seconds = float(self.time_base)
        self._size: tuple[int, int] | None = None
        self._length_size = length_size(self.codec, stream.codec_context.extradata)

    @property
    def reordered(self) -> bool:
        """Whether frames may be stored in another order than that in which they are shown."""
        return self.codec in _REORDERED

    def fail(self, time: float | None, text: str) -> None:
        """Count an error; remember the first ones."""
        self.error_count += 1
        if len(self.errors) < ERRORS_KEPT:
            at = "" if time is None else f" at {time:.3f} s"
            self.errors.append(f"{self.kind}{at}: {text}")

    def read(self, packet: Any) -> None:
        """Take a packet, and decode it."""
        time = None
        if packet.size:
            time = self._count(packet)
            if packet.is_corrupt:
                self.fail(time, "the container marks a packet as corrupt")
        self._decode(packet, time)

    def _count(self, packet: Any) -> float | None:
        if packet.pts is None:
            self.untimed += 1
            return None
        ticks = self._clock.follow(packet.pts)
        time = ticks * self._seconds
        if not self.frames:
            self.starts_with_key = packet.is_keyframe
        self.frames += 1
        self.hidden += packet.is_discard
        self.keys.add(time, packet.is_keyframe)
        self.cadence.add(time, (packet.duration or 0) * self._seconds, packet.size)
        if not self.reordered:
            self.backward.add(time)
        elif packet.dts is not None:
            self.backward.add(self._clock.near(packet.dts) * self._seconds)
        if self._keep:
            digest = self._digest(packet, time)
            self.packets.append(FilePacket(ticks * self.time_base, packet.is_keyframe, digest))
        return time

    def _digest(self, packet: Any, time: float) -> str:
        if self.codec is None:
            return ""
        try:
            return hashlib.sha256(self._canonical(self.codec, bytes(packet))).hexdigest()
        except MediaError as error:
            self.fail(time, f"not a frame of {self.codec}: {error}")
            return ""

    def _canonical(self, codec: Codec, data: bytes) -> bytes:
        if self._length_size:
            data = start_codes(data, self._length_size)
        return canonical(codec, data)

    def _decode(self, packet: Any, time: float | None) -> None:
        try:
            frames = packet.decode()
        except FFmpegError as error:
            self.fail(time, f"does not decode: {error.strerror}")
            return
        for frame in frames:
            self.decoded += 1
            if frame.is_corrupt:
                self.fail(time, "the decoder marks a picture as corrupt")
            if isinstance(frame, VideoFrame):
                self._show(frame, time)
            elif isinstance(frame, AudioFrame) and not frame.samples:
                self.fail(time, "a packet without sound")

    def _show(self, frame: VideoFrame, time: float | None) -> None:
        if frame.pts is not None:
            time = self._clock.near(frame.pts) * self._seconds
            if self.reordered:
                self.disordered.add(time)
        size = frame.width, frame.height
        if size != self._size:
            self.size_changes += self._size is not None
            self._size = size
            if len(self.sizes) < SIZES_KEPT:
                self.sizes.append((time or 0.0, *size))


class Content(NamedTuple):
    """A whole file."""

    container: str
    tracks: dict[Kind, Track]
    errors: list[str]


def read_file(path: Path, keep: bool = False) -> Content:
    """Read every packet of the first video and the first audio track; never raises for damage.

    Args:
        path: Of the file.
        keep: Keep a line for each packet, with its hash, to compare them with others.
    """
    tracks: dict[Kind, Track] = {}
    errors: list[str] = []
    name = ""
    try:
        with open_media(path) as container:
            name = container.format.name
            for track, packet in _packets(container, tracks, keep):
                track.read(packet)
    except (FFmpegError, OSError) as error:
        errors.append(f"cannot be read: {error.strerror or error}")
    for track in tracks.values():
        track.cadence.finish()
    if Kind.VIDEO in tracks and "matroska" in name:
        tracks[Kind.VIDEO].header = announced_size(path)
    return Content(name, tracks, errors)


def _packets(
    container: InputContainer, tracks: dict[Kind, Track], keep: bool
) -> Generator[tuple[Track, Any]]:
    clock = _Clock(_TS_PERIOD if container.format.name == "mpegts" else 0)
    streams = [*container.streams.video[:1], *container.streams.audio[:1]]
    by_index: dict[int, Track] = {}
    for stream in streams:
        track = Track(stream, clock, keep)
        tracks[track.kind] = by_index[stream.index] = track
    packets: Any = container.demux(streams)
    for packet in packets:
        yield by_index[packet.stream_index], packet


def _size(stream: VideoStream | AudioStream) -> tuple[int, int] | None:
    """The size that the container says, or its first key frame."""
    if not isinstance(stream, VideoStream) or not stream.codec_context.width:
        return None
    return stream.codec_context.width, stream.codec_context.height

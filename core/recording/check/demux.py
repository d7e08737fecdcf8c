"""A file → its packets, hashed, and what its decoders say about them."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...errors import MediaError
from ...model import Codec, Kind
from ...rtp.bitstream import canonical

ERRORS_KEPT = 20

_CODECS = {
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


class FilePacket(NamedTuple):
    """One packet of a track."""

    time: Fraction
    """Seconds, as the container has it."""
    decode: Fraction
    """Seconds, when it is decoded; another order than that of ``time`` with B-frames."""
    duration: Fraction
    """Seconds; 0 where the container does not say."""
    key: bool
    sha256: str
    """Over the canonical form, like `SentFrame.sha256`; empty where there is none."""


def as_shown(packets: Sequence[FilePacket]) -> list[FilePacket]:
    """Return packets in the order of their times."""
    return sorted(packets, key=lambda packet: packet.time)


class Track:
    """All that was read of one track."""

    def __init__(self, stream: VideoStream | AudioStream) -> None:
        self.kind = Kind.VIDEO if isinstance(stream, VideoStream) else Kind.AUDIO
        self.name = stream.codec_context.name
        self.codec = _CODECS.get(self.name)
        self.packets: list[FilePacket] = []
        self.decoded = 0
        self.sizes: list[tuple[Fraction, int, int]] = []
        self.errors: list[str] = []
        self.error_count = 0
        self._length_size = _length_size(self.codec, stream.codec_context.extradata)

    def fail(self, time: Fraction | None, text: str) -> None:
        """Count an error; remember the first ones."""
        self.error_count += 1
        if len(self.errors) < ERRORS_KEPT:
            at = "" if time is None else f" at {float(time):.3f} s"
            self.errors.append(f"{self.kind}{at}: {text}")

    def read(self, packet: Any) -> None:
        """Take a packet, and decode it."""
        time = None if packet.pts is None else packet.pts * packet.time_base
        if packet.size:
            if packet.is_corrupt:
                self.fail(time, "the container marks a packet as corrupt")
            if time is None:
                self.fail(None, "a packet without a time")
            else:
                self._keep(packet, time)
        self._decode(packet, time)

    def _keep(self, packet: Any, time: Fraction) -> None:
        digest = ""
        if self.codec is not None:
            try:
                digest = hashlib.sha256(self._canonical(self.codec, bytes(packet))).hexdigest()
            except MediaError as error:
                self.fail(time, f"not a frame of {self.codec}: {error}")
        duration = (packet.duration or 0) * packet.time_base
        decode = time if packet.dts is None else packet.dts * packet.time_base
        self.packets.append(
            FilePacket(time, decode, Fraction(duration), packet.is_keyframe, digest)
        )

    def _canonical(self, codec: Codec, data: bytes) -> bytes:
        if self._length_size:
            data = _start_codes(data, self._length_size)
        return canonical(codec, data)

    def _decode(self, packet: Any, time: Fraction | None) -> None:
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
                self._note_size(frame, time)
            elif isinstance(frame, AudioFrame) and not frame.samples:
                self.fail(time, "a packet without sound")

    def _note_size(self, frame: VideoFrame, time: Fraction | None) -> None:
        size = frame.width, frame.height
        if not self.sizes or self.sizes[-1][1:] != size:
            at = time
            if frame.pts is not None and frame.time_base is not None:
                at = frame.pts * frame.time_base
            self.sizes.append((at or Fraction(0), *size))


class Content(NamedTuple):
    """A whole file."""

    container: str
    tracks: dict[Kind, Track]
    errors: list[str]


def read_file(path: Path) -> Content:
    """Read every packet of the first video and the first audio track; never raises for damage."""
    tracks: dict[Kind, Track] = {}
    errors: list[str] = []
    name = ""
    try:
        with av.open(path) as container:
            name = container.format.name
            for track, packet in _packets(container, tracks):
                track.read(packet)
    except (FFmpegError, OSError) as error:
        errors.append(f"cannot be read: {error.strerror or error}")
    return Content(name, tracks, errors)


def _packets(container: InputContainer, tracks: dict[Kind, Track]) -> Generator[tuple[Track, Any]]:
    streams = [*container.streams.video[:1], *container.streams.audio[:1]]
    by_index: dict[int, Track] = {}
    for stream in streams:
        track = Track(stream)
        tracks[track.kind] = by_index[stream.index] = track
    packets: Any = container.demux(streams)
    for packet in packets:
        yield by_index[packet.stream_index], packet


def _length_size(codec: Codec | None, extradata: bytes | None) -> int:
    """Bytes of a NAL unit's length, where Matroska keeps them so; 0 is Annex B.

    ISO/IEC 14496-15, 5.2.4.1 (avcC) and 8.3.3.1 (hvcC); both begin with version 1.
    """
    position = {Codec.H264: 4, Codec.H265: 21}.get(codec) if codec else None
    if position is None or not extradata or extradata[0] != 1 or len(extradata) <= position:
        return 0
    return (extradata[position] & 3) + 1


def _start_codes(data: bytes, length_size: int) -> bytes:
    parts: list[bytes] = []
    position = 0
    while position + length_size <= len(data):
        size = int.from_bytes(data[position : position + length_size])
        position += length_size
        parts += [b"\0\0\0\1", data[position : position + size]]
        position += size
    return b"".join(parts)

"""MP4 (ISO/IEC 14496-12) that plays at any moment, and is an ordinary file in the end.

While it grows it is fragmented: a ``moov`` without samples, then a ``moof`` and ``mdat`` for
what came since the last flush. At its end a ``moov`` with the index of all samples is put
behind, and the one at the front and all fragments become content of one ``mdat``, by sixteen
bytes near the begin of the file that were kept free for that.

libavformat could write such a file, but nothing before each track has a frame, and keeps a
fragment back until the next frame comes; it says here how a codec is described (``stsd``).
"""

from __future__ import annotations

import io
import struct
from array import array
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from ...errors import MediaError, RecordingError
from ...model import Codec, EncodedFrame, Kind
from ...rtp.bitstream.nal import split_annex_b
from ..ogg import SILENCE
from ..sink import WRITE_SIZE, Sink
from ..templates import template, vp9_template
from . import boxes
from .boxes import box, full_box
from .formats import area

PICTURES = {Codec.H264: "h264", Codec.H265: "hevc", Codec.VP9: "vp9", Codec.AV1: "av1"}
_TIMESCALE = 720000
"""Of edits: a multiple of the clocks of pictures and of sound."""
_FTYP = box(b"ftyp", b"isom", bytes(4), b"isomiso6mp41")
_SIZE_AT = 48
"""Where width and height are in ``stsd``, in its first entry (8.5.2, 12.1.3)."""
_OFFSET_AT = 60
"""Where ``traf`` says where its samples are, in ``trun`` behind ``tfhd`` and ``tfdt``."""
_BASE_IS_MOOF = 0x020000
_OFFSET, _DURATION, _SIZE, _FLAGS, _SHIFT = 0x1, 0x100, 0x200, 0x400, 0x800
"""What ``trun`` has of each sample (8.8.8)."""
_MAX_DURATION = 0xFFFFFFFF
_NEVER = 1 << 62
_ROLL = struct.pack(">IIh", 2, 1, -4)
"""Opus needs 80 ms before a place to be right there (Opus in ISOBMFF, 4.3.6.2)."""


class Track:
    """What is known of the samples of one track, in ticks of its clock."""

    def __init__(self, number: int, codec: Codec) -> None:
        self.number = number
        self.codec = codec
        self.picture = codec.kind is Kind.VIDEO
        self.start: int | None = None
        """Decode time of the first sample."""
        self.last = 0
        """Decode time of the last sample."""
        self.earliest = _NEVER
        """Time of the sample that is shown first."""
        self.latest = 0
        """Time of the sample that is shown last."""
        self.sizes = array("I")
        self.durations = array("I")
        """Until the next one comes, that of the last sample is a guess."""
        self.shifts = array("i")
        """From decode to presentation, of pictures."""
        self.keys = array("I")
        """Numbers of the key frames, from 1."""
        self.offsets = array("Q")
        """Where the samples of each fragment begin in the file, and how many there are."""
        self.counts = array("I")
        self.pending: list[bytes] = []
        self.pending_start = 0

    def add(self, data: bytes, pts: int, dts: int, ticks: int, key: bool) -> None:
        """Take a sample that is shown and decoded then, and seems to last so long."""
        if not self.pending:
            self.pending_start = dts
        self.pending.append(data)
        self.seen(len(data), pts, dts, ticks, key)

    def seen(self, size: int, pts: int, dts: int, ticks: int, key: bool) -> None:
        """Take note of a sample of so many bytes."""
        if self.sizes:
            self.durations[-1] = min(dts - self.last, _MAX_DURATION)
        else:
            self.start = dts
        self.last = dts
        self.earliest = min(self.earliest, pts)
        self.latest = max(self.latest, pts)
        self.sizes.append(size)
        self.durations.append(ticks)
        if self.picture:
            self.shifts.append(pts - dts)
            if key:
                self.keys.append(len(self.sizes))

    @property
    def before_zero(self) -> int:
        """Ticks by which it begins to be decoded before it is shown."""
        return max(0, -(self.start or 0))

    def fragment(self) -> bytearray:
        """``traf`` of what is pending, 8.8.6; it does not say yet where that is."""
        count = len(self.pending)
        first = len(self.sizes) - count
        columns = [self.durations[first:], self.sizes[first:]]
        flags = _OFFSET | _DURATION | _SIZE
        version = 0
        if self.picture:
            keys = set(self.keys[-count:])
            numbers = range(first + 1, first + 1 + count)
            columns.append(
                array("I", [boxes.SYNC if n in keys else boxes.DEPENDENT for n in numbers])
            )
            flags |= _FLAGS
            if any(shifts := self.shifts[first:]):
                columns.append(array("I", [shift & 0xFFFFFFFF for shift in shifts]))
                flags |= _SHIFT
                version = 1
        table = array("I", [0]) * (count * len(columns))
        for index, column in enumerate(columns):
            table[index :: len(columns)] = column
        head = struct.pack(">I4x", count)
        time = struct.pack(">Q", self.pending_start + self.before_zero)
        traf = box(
            b"traf",
            full_box(b"tfhd", 0, _BASE_IS_MOOF, struct.pack(">I", self.number)),
            full_box(b"tfdt", 1, 0, time),
            full_box(b"trun", version, flags, head, boxes.big_endian(table)),
        )
        return bytearray(traf)

    def written(self, offset: int) -> None:
        """The pending samples are in the file, from there on."""
        self.offsets.append(offset)
        self.counts.append(len(self.pending))
        self.pending = []

    @property
    def duration(self) -> int:
        """Of all samples."""
        if self.start is None:
            return 0
        return self.last - self.start + self.durations[-1]

    def edits(self) -> list[tuple[int, int]]:
        """Put the samples where they belong: the media itself begins at zero.

        The edit begins with the sample that is shown first: libavformat takes that for the begin
        of an edit, whatever is said of the time before it.
        """
        if self.start is None:
            return []
        scale = _TIMESCALE // self.codec.clock_rate
        begin = max(0, self.earliest)
        shown = (self.latest + self.durations[-1] - begin) * scale
        wait = [(begin * scale, -1)] if begin else []
        return [*wait, (shown, begin - self.start)]

    def table(self, description: bytes) -> bytes:
        """``stbl`` of all samples, 8.5."""
        parts = [description, full_box(b"stts", 0, 0, boxes.runs(self.durations))]
        if any(self.shifts):
            parts.append(full_box(b"ctts", 1, 0, boxes.runs(self.shifts, ">Ii")))
        if self.picture and len(self.keys) < len(self.sizes):
            count = struct.pack(">I", len(self.keys))
            parts.append(full_box(b"stss", 0, 0, count, boxes.big_endian(self.keys)))
        if self.codec is Codec.OPUS and self.sizes:
            samples = struct.pack(">III", 1, len(self.sizes), 1)
            parts.append(full_box(b"sgpd", 1, 0, b"roll", _ROLL))
            parts.append(full_box(b"sbgp", 0, 0, b"roll", samples))
        sizes = struct.pack(">II", 0, len(self.sizes))
        chunks = struct.pack(">I", len(self.offsets))
        parts += [
            boxes.chunk_runs(self.counts),
            full_box(b"stsz", 0, 0, sizes, boxes.big_endian(self.sizes)),
            full_box(b"co64", 0, 0, chunks, boxes.big_endian(self.offsets)),
        ]
        return box(b"stbl", *parts)


class Mp4Muxer:
    """Writes one MP4; the first frame decides what the tracks are described as."""

    def __init__(self, sink: Sink, video: Codec | None, audio: Codec | None) -> None:
        self._sink = sink
        codecs = [codec for codec in (video, audio) if codec is not None]
        self._tracks = {codec: Track(n, codec) for n, codec in enumerate(codecs, 1)}
        self._descriptions: Mapping[Codec, bytes] = {}
        self._size = (0, 0)
        self._begun = False
        self._fragments = 0
        self._pending_bytes = 0

    @classmethod
    def resumed(cls, sink: Sink, tracks: Mapping[Track, bytes], size: tuple[int, int]) -> Mp4Muxer:
        """Return the muxer of a file that somebody else began, at its end.

        Args:
            sink: Where more of it goes.
            tracks: With their samples, and their ``stsd``.
            size: Of the picture.
        """
        muxer = cls(sink, None, None)
        muxer._tracks = {track.codec: track for track in tracks}
        muxer._descriptions = {track.codec: stsd for track, stsd in tracks.items()}
        muxer._size, muxer._begun = size, True
        return muxer

    @property
    def tracks(self) -> list[Track]:
        """What is known of each track."""
        return list(self._tracks.values())

    def write(self, frame: EncodedFrame, pts: int, dts: int, ticks: int) -> None:
        """Add a frame; the first one is a key frame where there are pictures."""
        data = frame.data
        if frame.codec in (Codec.H264, Codec.H265):
            data = _with_lengths(data)
        if not data:
            raise MediaError(f"not a frame of {frame.codec}")
        if not self._descriptions:
            self._descriptions = _describe(frame, list(self._tracks))
        if frame.key:
            self._size = max(self._size, (frame.width, frame.height), key=area)
        self._tracks[frame.codec].add(data, pts, dts, ticks, frame.key)
        self._pending_bytes += len(data)
        if self._pending_bytes > WRITE_SIZE:
            self.flush()

    def flush(self) -> None:
        """Put a fragment of what came since the last one into the sink."""
        tracks = [track for track in self._tracks.values() if track.pending]
        if not tracks:
            return
        if not self._begun:
            self._begun = True
            self._sink.write(_FTYP)
            self._sink.write(box(b"free", bytes(8)))
            self._sink.write(self._moov(final=False))
        self._fragments += 1
        header = full_box(b"mfhd", 0, 0, struct.pack(">I", self._fragments))
        fragments = [track.fragment() for track in tracks]
        size = len(box(b"moof", header, *fragments))
        begin = self._sink.tell()
        media = [b"".join(track.pending) for track in tracks]
        offset = size + 8
        for track, fragment, data in zip(tracks, fragments, media, strict=True):
            struct.pack_into(">I", fragment, _OFFSET_AT, offset)
            track.written(begin + offset)
            offset += len(data)
        self._sink.write(box(b"moof", header, *fragments))
        self._sink.write(box(b"mdat", *media))
        self._pending_bytes = 0

    def close(self) -> None:
        """Make it an ordinary file."""
        self.flush()
        if not self._begun:
            return
        end = self._sink.tell()
        self._sink.write(self._moov(final=True))
        self._sink.seek(len(_FTYP))
        self._sink.write(struct.pack(">I4sQ", 1, b"mdat", end - len(_FTYP)))

    def _moov(self, *, final: bool) -> bytes:
        """All tracks, 8.2: with their samples, or as a promise of fragments."""
        tracks = [track for track in self._tracks.values() if track.sizes or not final]
        edits = {track: track.edits() for track in tracks}
        lengths = {track: sum(length for length, _ in edits[track]) for track in tracks}
        parts = [boxes.movie_header(_TIMESCALE, max(lengths.values()) * final, len(tracks))]
        for track in tracks:
            if final:
                parts.append(self._trak(track, track, edits[track], lengths[track]))
            else:
                begin = [(0, track.before_zero)] if track.before_zero else []
                parts.append(self._trak(track, Track(track.number, track.codec), begin, 0))
        if not final:
            extends = [struct.pack(">IIIII", track.number, 1, 0, 0, boxes.SYNC) for track in tracks]
            parts.append(box(b"mvex", *(full_box(b"trex", 0, 0, words) for words in extends)))
        return box(b"moov", *parts)

    def _trak(
        self, track: Track, samples: Track, edits: list[tuple[int, int]], length: int
    ) -> bytes:
        description = bytearray(self._descriptions[track.codec])
        size = self._size if track.picture else (0, 0)
        if track.picture:
            struct.pack_into(">HH", description, _SIZE_AT, *size)
        handler, information = boxes.media_information(
            track.picture, samples.table(bytes(description))
        )
        return box(
            b"trak",
            boxes.track_header(track.number, length, size),
            boxes.edit_list(edits) if edits else b"",
            box(
                b"mdia",
                boxes.media_header(track.codec.clock_rate, samples.duration),
                handler,
                information,
            ),
        )


def _describe(first: EncodedFrame, codecs: list[Codec]) -> dict[Codec, bytes]:
    """Return ``stsd`` of each track, as libavformat writes it for this first frame."""
    file = io.BytesIO()
    container: Any
    try:
        with av.open(file, "w", format="mp4") as container:
            streams = [_stream(container, codec, first) for codec in codecs]
            for codec, stream in zip(codecs, streams, strict=True):
                packet = Packet(first.data if codec is first.codec else SILENCE)
                packet.stream = stream
                packet.pts = packet.dts = 0
                packet.time_base = Fraction(1, codec.clock_rate)
                # It divides by the length of a track.
                packet.duration = codec.clock_rate
                packet.is_keyframe = True
                container.mux_one(packet)
    except (FFmpegError, ValueError) as error:
        raise RecordingError(f"not a frame of {first.codec}: {error}") from error
    data = file.getvalue()
    found = boxes.find(data, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    return {codec: data[begin - 8 : end] for codec, (begin, end) in zip(codecs, found, strict=True)}


def _stream(container: Any, codec: Codec, first: EncodedFrame) -> Stream:
    stream: Stream
    if codec is Codec.OPUS:
        stream = container.add_stream_from_template(template(codec).stream)
    elif codec is Codec.VP9:
        stream = container.add_stream_from_template(vp9_template(first.data).stream)
    else:
        stream = container.add_mux_stream(PICTURES[codec], width=first.width, height=first.height)
    stream.time_base = Fraction(1, codec.clock_rate)
    return stream


def _with_lengths(data: bytes) -> bytes:
    """Put the length of each NAL unit where its start code was (ISO/IEC 14496-15, 5.2.3)."""
    units = split_annex_b(data)
    return b"".join([part for unit in units for part in (len(unit).to_bytes(4), unit)])

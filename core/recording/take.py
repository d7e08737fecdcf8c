"""One take: a timeline, a file, and what there is to say about them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import DiskFullError, MediaError, RecordingError
from ..model import (
    AudioSummary,
    ClockPoint,
    Codec,
    EncodedFrame,
    EndReason,
    Kind,
    PacketCounts,
    SenderReport,
    TakeSummary,
    VideoSummary,
)
from .container import TakeFile, VideoFormat, counts_for, extension
from .naming import open_take_file
from .takes import RecordingSettings, StreamIdentity
from .timeline import TimedFrame, Timeline

CLOCK_INTERVAL = 30.0
"""Seconds between two points of a track's clock in the summary."""


class _Track:
    """What was written of one track."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.frames = 0
        self.size = (0, 0)
        self.end = 0
        """Tick at which it ends; of pictures that is a guess."""
        self.newest: EncodedFrame | None = None
        self.points: list[ClockPoint] = []
        self.point_due = -math.inf
        """Arrival of the next frame of which a point of the clock is kept."""

    def count(self, frame: EncodedFrame, end: int) -> None:
        """Take note of a frame that is in the file."""
        self.frames += 1
        self.newest = frame
        if end > self.end:
            self.end = end
        if frame.width and frame.height:
            self.size = frame.width, frame.height

    def has(self, frame: EncodedFrame) -> bool:
        """Whether a frame, or one after it, was written."""
        newest = self.newest
        return newest is not None and (
            (frame.epoch, frame.rtp_time) <= (newest.epoch, newest.rtp_time)
        )


class Take:
    """Writes frames from its first one on; the file is made when the first is taken.

    ``skew`` is Unix time minus the clock of `EncodedFrame.arrival`. All that writes raises
    `RecordingError`; then the take has to be finished.
    """

    def __init__(
        self,
        identity: StreamIdentity,
        settings: RecordingSettings,
        codecs: Mapping[Kind, Codec],
        timeline: Timeline,
        packets: Mapping[Kind, PacketCounts],
    ) -> None:
        self.timeline = timeline
        self.announced = False
        self.identity = identity
        self._settings = settings
        self._codecs = dict(codecs)
        self._tracks = {codec: _Track(codec) for codec in codecs.values()}
        self.codecs = self._tracks.keys()
        """Of its tracks."""
        self._packets = dict(packets)
        self._file: TakeFile | None = None
        self._started = self._offset = 0.0
        self._holes = 0
        self._full_at = math.inf
        """Arrival from which on frames belong into another file."""

    def codec(self, kind: Kind) -> Codec | None:
        """Return the codec of a track of this take."""
        return self._codecs.get(kind)

    def frames(self, kind: Kind) -> int:
        """Return how many frames of a track are in the file."""
        track = self._track(kind)
        return track.frames if track else 0

    @property
    def opened(self) -> bool:
        """Whether there is a file with at least one frame."""
        if self._file is None or self._file.refused:
            return False
        return any(track.frames for track in self._tracks.values())

    @property
    def bytes(self) -> int:
        """Bytes in the file."""
        return self._file.bytes if self._file else 0

    def is_full(self, arrival: float) -> bool:
        """Whether its container could not count the time of what arrives much later."""
        return arrival >= self._full_at

    def report(self, reports: Mapping[Kind, SenderReport | None]) -> None:
        """Take the newest points of the sender's clock."""
        for kind, report in reports.items():
            if report is not None:
                self.timeline.report(kind, report)

    def push(self, frame: EncodedFrame, now: float, skew: float) -> Sequence[EncodedFrame]:
        """Take a frame; return frames from before the start of this take.

        What is taken is on the disk after the next `flush`.
        """
        if self.timeline.holding:
            return self._write_all(self.timeline.push(frame, now), skew)
        pts = self.timeline.time(frame)
        if pts < 0:
            return (frame,)
        self._write(frame, pts, skew)
        return ()

    def poll(self, now: float, skew: float) -> Sequence[EncodedFrame]:
        """Write held frames that need not wait any longer; otherwise like `push`."""
        return self._write_all(self.timeline.poll(now), skew)

    def release(self, skew: float) -> Sequence[EncodedFrame]:
        """Write held frames now; otherwise like `push`."""
        return self._write_all(self.timeline.release(), skew)

    def push_late(self, frames: Sequence[EncodedFrame], now: float, skew: float) -> None:
        """Write what the next take found to be older than itself, unless it is here already."""
        for frame in frames:
            track = self._tracks.get(frame.codec)
            if track is not None and not track.has(frame):
                self.push(frame, now, skew)

    def flush(self) -> None:
        """Write to the disk what was taken."""
        if self._file is not None:
            self._file.flush()

    def finish(
        self, reason: EndReason, packets: Mapping[Kind, PacketCounts], error: str = ""
    ) -> TakeSummary | None:
        """Close the file; ``None`` where nothing was recorded and nothing broke."""
        if self._file is not None:
            try:
                self._file.close()
            except RecordingError as broken:
                if not error:
                    reason, error = error_reason(broken), str(broken)
        if not self.opened:
            self._discard()
            if not error:
                return None
        return self.summary(packets, reason, error)

    def summary(
        self,
        packets: Mapping[Kind, PacketCounts],
        reason: EndReason | None = None,
        error: str = "",
    ) -> TakeSummary:
        """Describe the take as it is now; ``packets`` are totals since the tracks began."""
        return TakeSummary(
            stream=self.identity.stream,
            raw_id=self.identity.raw_id,
            label=self.identity.label,
            file=str(self._file.path) if self._file else "",
            started=self._started,
            offset=self._offset,
            bytes=self.bytes,
            seconds=max(track.end / track.codec.clock_rate for track in self._tracks.values()),
            video=self._video_summary(),
            audio=self._audio_summary(),
            packets={
                kind: _difference(packets[kind], self._packets.get(kind))
                for kind in self._codecs
                if kind in packets
            },
            holes=self._holes,
            aligned_by=self.timeline.aligned_by,
            clocks={codec.kind: list(track.points) for codec, track in self._tracks.items()},
            reason=reason,
            error=error,
        )

    def _write_all(self, timed: Sequence[TimedFrame], skew: float) -> list[EncodedFrame]:
        for frame, pts in timed:
            if pts >= 0:
                self._write(frame, pts, skew)
        return [frame for frame, pts in timed if pts < 0]

    def _write(self, frame: EncodedFrame, pts: int, skew: float) -> None:
        if not frame.data:
            return
        if self._file is None:
            self._file = self._open(frame, frame.arrival + skew)
        try:
            ticks = self._file.write(frame, pts)
        except MediaError:
            self._holes += 1
            return
        track = self._tracks[frame.codec]
        track.count(frame, pts + ticks)
        self._holes += frame.hole
        if frame.arrival >= track.point_due:
            self._mark(track, frame, pts)

    def _mark(self, track: _Track, frame: EncodedFrame, pts: int) -> None:
        """Keep a point of a track's clock, as is done now and then."""
        track.point_due = frame.arrival + CLOCK_INTERVAL
        seconds = pts / track.codec.clock_rate
        sent = self.timeline.sender_time(frame)
        time = self._settings.session_started + self._offset_of(frame)
        track.points.append(ClockPoint(time, frame.rtp_time, seconds, sent))

    def _offset_of(self, frame: EncodedFrame) -> float:
        return frame.arrival - self._settings.session_began

    def _open(self, first: EncodedFrame, started: float) -> TakeFile:
        self._started, self._offset = started, self._offset_of(first)
        video, audio = self._codecs.get(Kind.VIDEO), self._codecs.get(Kind.AUDIO)
        settings, stream = self._settings, self.identity.stream
        wanted = settings.container
        ext = extension(video, audio, wanted)
        path, file = open_take_file(settings.output, settings.prefix, stream, started, ext)
        self._full_at = first.arrival + counts_for(ext)
        size = VideoFormat(video, first.width, first.height) if video else None
        try:
            return TakeFile(path, file, size, audio, wanted)
        except RecordingError:
            _remove(path)
            raise

    def _discard(self) -> None:
        if self._file is not None:
            _remove(self._file.path)
            self._file = None

    def _video_summary(self) -> VideoSummary | None:
        track = self._track(Kind.VIDEO)
        return VideoSummary(track.codec, *track.size, track.frames) if track else None

    def _audio_summary(self) -> AudioSummary | None:
        track = self._track(Kind.AUDIO)
        return AudioSummary(track.codec, track.frames) if track else None

    def _track(self, kind: Kind) -> _Track | None:
        codec = self._codecs.get(kind)
        return self._tracks[codec] if codec else None


def error_reason(error: Exception) -> EndReason:
    """Return what an error does to a take."""
    return EndReason.DISK_FULL if isinstance(error, DiskFullError) else EndReason.WRITE_ERROR


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _difference(now: PacketCounts, then: PacketCounts | None) -> PacketCounts:
    """A restarted track counts from zero again; then all it has is of this take."""
    if then is None or now.expected < then.expected:
        return now
    return PacketCounts(
        expected=now.expected - then.expected,
        received=max(0, now.received - then.received),
        recovered=max(0, now.recovered - then.recovered),
        lost=max(0, now.lost - then.lost),
    )

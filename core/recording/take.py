"""One take: a timeline, a file, and what there is to say about them."""

from __future__ import annotations

import contextlib
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
from .container import TakeFile, VideoFormat, audio_ticks, extension
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
        self.last_pts = 0
        self.newest: tuple[int, int] | None = None
        """Epoch and RTP time of the last frame."""
        self.points: list[ClockPoint] = []
        self._point_at = 0.0

    def count(self, frame: EncodedFrame, pts: int) -> float:
        """Return the second at which the frame ends; of a picture that is a guess."""
        rate = self.codec.clock_rate
        ticks = min(pts - self.last_pts, rate)
        if self.codec.kind is Kind.AUDIO:
            ticks = audio_ticks(self.codec, frame.data)
        self.frames += 1
        self.last_pts = pts
        self.newest = frame.epoch, frame.rtp_time
        if frame.width and frame.height:
            self.size = frame.width, frame.height
        return (pts + ticks) / rate

    def mark(self, frame: EncodedFrame, pts: int, time: float, ntp: float | None) -> None:
        """Keep a point of the clock now and then."""
        if not self.points or frame.arrival - self._point_at >= CLOCK_INTERVAL:
            self._point_at = frame.arrival
            seconds = pts / self.codec.clock_rate
            self.points.append(ClockPoint(time, frame.rtp_time, seconds, ntp))


class Take:
    """Writes frames from its first one on; the file is made when the first is written.

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
        self._tracks = {kind: _Track(codec) for kind, codec in codecs.items()}
        self._packets = dict(packets)
        self._file: TakeFile | None = None
        self._started = 0.0
        self._seconds = 0.0
        self._holes = 0

    def codec(self, kind: Kind) -> Codec | None:
        """Return the codec of a track of this take."""
        return self._codecs.get(kind)

    def frames(self, kind: Kind) -> int:
        """Return how many frames of a track are in the file."""
        return self._tracks[kind].frames if kind in self._tracks else 0

    @property
    def opened(self) -> bool:
        """Whether there is a file with at least one frame."""
        return self._file is not None and any(track.frames for track in self._tracks.values())

    @property
    def bytes(self) -> int:
        """Bytes in the file."""
        return self._file.bytes if self._file else 0

    def report(self, reports: Mapping[Kind, SenderReport | None]) -> None:
        """Take the newest points of the sender's clock."""
        for kind, report in reports.items():
            if report is not None:
                self.timeline.report(kind, report)

    def push(self, frame: EncodedFrame, now: float, skew: float) -> list[EncodedFrame]:
        """Write a frame or hold it; return frames from before the start of this take."""
        return self._write_all(self.timeline.push(frame, now), skew)

    def poll(self, now: float, skew: float) -> list[EncodedFrame]:
        """Write held frames that need not wait any longer; otherwise like `push`."""
        return self._write_all(self.timeline.poll(now), skew)

    def release(self, skew: float) -> list[EncodedFrame]:
        """Write held frames now; otherwise like `push`."""
        return self._write_all(self.timeline.release(), skew)

    def push_late(self, frames: Sequence[EncodedFrame], now: float, skew: float) -> None:
        """Write what the next take found to be older than itself, unless it is here already."""
        for frame in frames:
            track = self._tracks.get(frame.codec.kind)
            if track is None or track.codec is not frame.codec:
                continue
            if track.newest is None or track.newest < (frame.epoch, frame.rtp_time):
                self.push(frame, now, skew)

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
            offset=self._started - self._settings.session_started if self._started else 0.0,
            bytes=self.bytes,
            seconds=self._seconds,
            video=self._video_summary(),
            audio=self._audio_summary(),
            packets={
                kind: _difference(packets[kind], self._packets.get(kind))
                for kind in self._tracks
                if kind in packets
            },
            holes=self._holes,
            aligned_by=self.timeline.aligned_by,
            clocks={kind: list(track.points) for kind, track in self._tracks.items()},
            reason=reason,
            error=error,
        )

    def _write_all(self, timed: Sequence[TimedFrame], skew: float) -> list[EncodedFrame]:
        early: list[EncodedFrame] = []
        for frame, pts in timed:
            if pts < 0:
                early.append(frame)
            elif frame.data:
                try:
                    self._write(frame, pts, skew)
                except MediaError:
                    self._holes += 1
        return early

    def _write(self, frame: EncodedFrame, pts: int, skew: float) -> None:
        if self._file is None:
            self._file = self._open(frame, frame.arrival + skew)
        self._file.write(frame, pts)
        track = self._tracks[frame.codec.kind]
        self._seconds = max(self._seconds, track.count(frame, pts))
        self._holes += frame.hole
        track.mark(frame, pts, frame.arrival + skew, self.timeline.sender_time(frame))

    def _open(self, first: EncodedFrame, started: float) -> TakeFile:
        self._started = started
        video, audio = self._codecs.get(Kind.VIDEO), self._codecs.get(Kind.AUDIO)
        settings, stream = self._settings, self.identity.stream
        path, file = open_take_file(
            settings.output, settings.prefix, stream, started, extension(video, audio)
        )
        size = VideoFormat(video, first.width, first.height) if video else None
        try:
            return TakeFile(path, file, size, audio)
        except RecordingError:
            _remove(path)
            raise

    def _discard(self) -> None:
        if self._file is not None:
            _remove(self._file.path)
            self._file = None

    def _video_summary(self) -> VideoSummary | None:
        track = self._tracks.get(Kind.VIDEO)
        return VideoSummary(track.codec, *track.size, track.frames) if track else None

    def _audio_summary(self) -> AudioSummary | None:
        track = self._tracks.get(Kind.AUDIO)
        return AudioSummary(track.codec, track.frames) if track else None


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

"""One take: a timeline, a file, and what there is to say about them."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from ..errors import DiskFullError, MediaError, RecordingError
from ..model import (
    AudioSummary,
    Codec,
    Container,
    EncodedFrame,
    EndReason,
    Kind,
    PacketCounts,
    Placement,
    SenderReport,
    TakeSummary,
    VideoSummary,
)
from . import mend
from .container import TakeFile, VideoFormat, counts_for, extension
from .disk import free_bytes, largest_file
from .naming import DRAFT, open_mended_file, open_take_file
from .splitting import ASK_BEFORE, ASK_LONG_BEFORE, Growth, next_split
from .syncer import Syncer
from .take_events import Part, RecordingSettings, StreamIdentity
from .timing import Timeline, from_zero
from .written_track import Point, WrittenTrack

GROWING = 15.0
"""Seconds in which a picture that begins small grows to what it is going to be."""
GROWTH = 4
"""Times as many pixels that are too many for a file which is taken to be as its first picture: a
page that begins at half its width and height comes to twice of both."""
CLOCK_INTERVAL = 30.0
"""Seconds between two points of a track's clock in the summary."""
SETTLING = 15.0
"""Seconds after its start in which it is still looked for where the first frames belong."""
MEND_BYTES = 32_000_000
"""A file of up to this size is mended at once, a quarter of a second of work; a larger one when it
is closed, by another process (`mend_process`), for here others wait to be written."""
INDEX_SHARE = 64
"""Part of the largest possible file that is for its index."""
MEND_AGAIN = 5.0
"""Seconds after which a file may be mended once more; doubles each time."""
_EARLY = 1000
"""Frames from before the start that are kept until it is known where they belong."""

_log = logging.getLogger(__name__)


class Take:
    """Writes frames from its first one on; the file is made when the first is taken.

    ``skew`` is Unix time minus the clock of `EncodedFrame.arrival` as it begins. All that writes
    raises `RecordingError`; then the take has to be finished.
    """

    def __init__(
        self,
        identity: StreamIdentity,
        settings: RecordingSettings,
        codecs: Mapping[Kind, Codec],
        timeline: Timeline,
        packets: Mapping[Kind, PacketCounts],
        part: Part,
        syncer: Syncer,
        skew: float,
        *,
        draft: bool = False,
    ) -> None:
        self.timeline = timeline
        self.before: Take | None = None
        """The take that is still open for what was sent before this one began."""
        self.announced = False
        self.identity = identity
        self.part = part
        self._settings = settings
        self._codecs = dict(codecs)
        self._tracks = {codec: WrittenTrack(codec) for codec in codecs.values()}
        self.codecs = self._tracks.keys()
        """Of its tracks."""
        self._packets = dict(packets)
        self._syncer = syncer
        self._draft = draft
        self._file: TakeFile | None = None
        self._format: VideoFormat | None = None
        self._skew = skew
        self._started = 0.0
        self._began = math.inf
        """Arrival of the first frame."""
        self._first: EncodedFrame | None = None
        self._part_begin = 0.0
        self._growth = Growth()
        self._holes = 0
        self._pixels = 0
        """Of the first picture, where the file has no other place for its size."""
        self._most = math.inf
        """Bytes that the file system takes, less what an index may need."""
        self._full_at = math.inf
        """Arrival from which on frames belong into another file."""
        self._early: list[tuple[EncodedFrame, int]] = []
        self._mend_at = -math.inf
        self._mend_again = MEND_AGAIN

    @property
    def _zero(self) -> float:
        """Monotonic time of file time zero, as if nothing had kept its frame back."""
        zero = self.timeline.zero
        return self._began if zero is None else zero

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

    def is_outgrown_by(self, key: EncodedFrame) -> bool:
        """Whether the picture began so small that a file should rather begin at this one."""
        grown = key.width * key.height >= GROWTH * self._pixels > 0
        return grown and key.arrival < self._began + GROWING

    def is_full(self, arrival: float) -> bool:
        """Whether its container could not count the time of what arrives much later."""
        return arrival >= self._full_at

    def due(self, now: float) -> EndReason | None:
        """Why it should go on in another file at the next key frame, if it should."""
        if self.is_full(now) or self._growth.after(ASK_LONG_BEFORE, self.bytes, now) >= self._most:
            return EndReason.LENGTH
        limit, every = self._settings.split_bytes, self._settings.split_every
        large = limit and self._growth.after(ASK_BEFORE, self.bytes, now) >= limit
        long = every and now >= next_split(self._began, self.part.since, every)
        return EndReason.SPLIT if self.opened and (large or long) else None

    def follow(self) -> None:
        """Say where this part of a recording begins, by the one before it, which ends now."""
        before, self.before = self.before, None
        if before is not None and self._first is not None:
            known = before.codec(self._first.codec.kind) is not None
            place = before.timeline.place(self._first) if known else None
            self._part_begin = before._part_begin + (
                self._zero - before._zero if place is None else place
            )

    def report(self, reports: Mapping[Kind, SenderReport | None]) -> None:
        """Take the newest points of the sender's clock."""
        for kind, report in reports.items():
            if report is not None:
                self.timeline.report(kind, report)

    def push(self, frame: EncodedFrame) -> None:
        """Take a frame; it is on the disk after the next `flush`.

        What was sent before this take began is written into the one `before`, if that has such
        a track.
        """
        tick = self.timeline.time(frame)
        if tick < 0 and (tick := self._sooner(frame)) < 0:
            return
        if not frame.data:
            return
        file = self._file or self._open(frame)
        try:
            ticks = file.write(frame, tick)
        except MediaError:
            self._holes += 1
            return
        track = self._tracks[frame.codec]
        track.count(frame, tick, tick + ticks)
        if frame.hole:
            self._holes += 1
        if frame.arrival >= track.point_due:
            track.point_due = frame.arrival + CLOCK_INTERVAL
            sent = self.timeline.sender_time(frame.codec.kind, tick)
            track.points.append(Point(frame.arrival, frame.rtp_time, tick, sent))

    def is_before(self, one: EncodedFrame, other: EncodedFrame) -> bool:
        """Whether a frame belongs before another one; also where nobody knows."""
        first, second = self.timeline.place(one), self.timeline.place(other)
        return first is None or second is None or first < second

    def flush(self) -> None:
        """Write to the disk what was taken."""
        if self._file is not None:
            self._file.flush()
            for track in self._tracks.values():
                track.flushed()

    def poll(self, now: float) -> None:
        """Go on with what waits for time to pass: a few times a second."""
        if now - self._began >= SETTLING:
            self._early.clear()
        if now >= self._mend_at and self.timeline.settled and 0 < self.bytes <= MEND_BYTES:
            self._mend_at = now
            if self._is_wrong() and self._has_room():
                self._mend_at, self._mend_again = now + self._mend_again, self._mend_again * 2
                self._mend()

    def finish(
        self, reason: EndReason, packets: Mapping[Kind, PacketCounts], error: str = ""
    ) -> TakeSummary | None:
        """Close the file; ``None`` where nothing was recorded and nothing broke."""
        if self._file is not None:
            try:
                self._close(self._file)
            except RecordingError as broken:
                if not error:
                    reason, error = error_reason(broken), str(broken)
            if self._file.cut:
                for track in self._tracks.values():
                    track.cut()
        if not self.opened:
            self._leave_nothing()
            if not error:
                return None
        return self.summary(packets, reason, error)

    def keep(self) -> None:
        """A draft becomes a take like others: its file gets the name of one, if it can."""
        self._draft = False
        if self._file is not None:
            path: Path | None = None
            try:
                path, reserved = self._new_file(self._file.path.suffix[1:])
                reserved.close()
                self._file.move(path)
            except (RecordingError, OSError):
                _log.exception("%s keeps its name", self._file.path.name)
                if path is not None:
                    _remove(path)

    def discard(self) -> None:
        """End a draft that is not needed; nothing is left of it."""
        if self._file is not None:
            with contextlib.suppress(RecordingError):
                self._file.close()
            self._leave_nothing()

    def _leave_nothing(self) -> None:
        if self._file is not None:
            _remove(self._file.path)
            self._file = None

    def summary(
        self,
        packets: Mapping[Kind, PacketCounts],
        reason: EndReason | None = None,
        error: str = "",
    ) -> TakeSummary:
        """Describe the take as it is now; ``packets`` are totals since the tracks began."""
        base = self._settings.session_started - self._settings.session_began
        sender_time = self.timeline.sender_time
        return TakeSummary(
            stream=self.identity.stream,
            raw_id=self.identity.raw_id,
            label=self.identity.label,
            file=str(self._file.path) if self._file else "",
            node=self._settings.node,
            started=self._started,
            offset=self._zero - self._settings.session_began if self._file else 0.0,
            recording=self.part.recording,
            part=self.part.number,
            part_begin=self._part_begin,
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
            starts={
                codec.kind: track.first / codec.clock_rate
                for codec, track in self._tracks.items()
                if track.frames
            },
            aligned_by=self.timeline.aligned_by,
            placed=self._placed(base),
            odd_stamps=self.timeline.odd,
            misplaced={
                codec.kind: misplaced
                for codec, track in self._tracks.items()
                if (misplaced := track.misplaced(self.timeline.shifts[codec.kind]))
            },
            clocks={
                codec.kind: track.clock(base, sender_time) for codec, track in self._tracks.items()
            },
            sizes=video.sizes() if (video := self._track(Kind.VIDEO)) else [],
            reason=reason,
            error=error,
        )

    # ── writing ──────────────────────────────────────────────────────────────────────────

    def _sooner(self, frame: EncodedFrame) -> int:
        """Put a frame from before the start where it belongs; return its tick, if that is here."""
        if self.before is not None and frame.codec in self.before.codecs:
            self.before.push(frame)
            return -1
        if (tick := self.timeline.begin_with(frame)) < 0:
            self._keep_early(frame, self.timeline.early(frame.codec.kind))
        return tick

    def _keep_early(self, frame: EncodedFrame, tick: int) -> None:
        """Nobody knows yet whether it really is from before the start."""
        if frame.arrival - self._began < SETTLING and len(self._early) < _EARLY:
            self._early.append((frame, tick))

    def _open(self, first: EncodedFrame) -> TakeFile:
        self._first = first
        self._began = first.arrival
        self._started = first.arrival + self._skew
        video, audio = self._codecs.get(Kind.VIDEO), self._codecs.get(Kind.AUDIO)
        ext = extension(video, audio, self._settings.container)
        path, file = self._new_file(ext)
        self._full_at = first.arrival + counts_for(ext)
        most = largest_file(file.fileno())
        self._most = math.inf if most is None else most - most // INDEX_SHARE
        if ext == Container.TS:
            self._pixels = first.width * first.height
        self._format = VideoFormat(video, first.width, first.height) if video else None
        try:
            self._file = self._take_file(path, file)
        except RecordingError:
            _remove(path)
            raise
        return self._file

    def _new_file(self, ext: str) -> tuple[Path, BinaryIO]:
        settings, stream = self._settings, self.identity.stream
        if objection := settings.place.objection(settings.output):
            raise RecordingError(objection)
        name = stream + DRAFT if self._draft else stream
        return open_take_file(settings.output, settings.prefix, name, self._started, ext)

    def _take_file(self, path: Path, file: BinaryIO) -> TakeFile:
        audio, wanted = self._codecs.get(Kind.AUDIO), self._settings.container
        return TakeFile(path, file, self._format, audio, wanted, self._syncer)

    def _close(self, file: TakeFile) -> None:
        file.close()
        if self._is_wrong() and file.bytes <= MEND_BYTES and self._has_room():
            try:
                self._file = self._rewrite(file.path)
                self._file.close()
            except RecordingError:
                _log.exception("%s stays as it is", file.path.name)

    # ── mending ──────────────────────────────────────────────────────────────────────────

    def _is_wrong(self) -> bool:
        return self.timeline.wrong or bool(self._no_longer_early())

    def _no_longer_early(self) -> list[mend.Placed]:
        """What seemed to be from before the start and is not, as is known by now."""
        before = self.timeline.before
        places = [
            mend.Placed(frame, from_zero(frame, tick + before(frame.codec.kind)))
            for frame, tick in self._early
        ]
        return [place for place in places if place.tick >= 0]

    def _has_room(self) -> bool:
        return free_bytes(self._settings.output) > 2 * self.bytes + MEND_BYTES

    def _mend(self) -> None:
        """Put what was written into its place, and go on in that file."""
        if self._file is not None:
            self._file.close()
            self._file = self._rewrite(self._file.path)

    def _rewrite(self, path: Path) -> TakeFile:
        """Make the file anew, from what is in it; return the new one, which is still open."""
        aside, opened = open_mended_file(path)
        try:
            file = self._take_file(aside, opened)
            written = mend.copy(path, self._contents(), self._no_longer_early(), file)
            file.move(path)
        except (RecordingError, OSError) as error:
            _remove(aside)
            raise RecordingError(f"cannot put {path.name} right: {error}") from error
        self._mended(written)
        return file

    def _contents(self) -> dict[Kind, mend.Content]:
        shifts = self.timeline.shifts
        return {
            codec.kind: mend.Content(codec, track.first, shifts[codec.kind])
            for codec, track in self._tracks.items()
            if track.frames
        }

    def _mended(self, written: Mapping[Kind, mend.Copied]) -> None:
        for codec, track in self._tracks.items():
            track.mended(self.timeline.shifts[codec.kind], written.get(codec.kind))
        self._early.clear()
        self.timeline.mended()

    # ── telling ──────────────────────────────────────────────────────────────────────────

    def _placed(self, base: float) -> dict[Kind, list[Placement]]:
        return {
            kind: [
                Placement(
                    time=one.arrival + base,
                    at=one.tick / self._codecs[kind].clock_rate,
                    by=one.by,
                    moved=one.moved,
                )
                for one in placed
            ]
            for kind, placed in self.timeline.placed.items()
        }

    def _video_summary(self) -> VideoSummary | None:
        track = self._track(Kind.VIDEO)
        return VideoSummary(track.codec, *track.size, track.frames) if track else None

    def _audio_summary(self) -> AudioSummary | None:
        track = self._track(Kind.AUDIO)
        return AudioSummary(track.codec, track.frames, track.channels) if track else None

    def _track(self, kind: Kind) -> WrittenTrack | None:
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

"""One stream → takes."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from ..errors import RecordingError
from ..model import Codec, EncodedFrame, EndReason, Kind, PacketCounts, SenderReport
from .open_takes import OpenTakes
from .syncer import Syncer
from .take import Take, error_reason
from .take_events import RecordingSettings, StreamIdentity, TakeListener
from .take_reporter import TakeReporter
from .timing import Timeline

_log = logging.getLogger(__name__)

OVERLAP = 1.5
"""Sound of the last seconds is kept: pictures take longer, so that when a key frame begins a
take, sound from the same moment may have passed already."""
DRAFT_AFTER = 0.5
"""Seconds of sound after which it is written to a file of its own, while the first picture is
waited for: nothing that arrived waits in memory only."""
HOLD = 0.5
"""Seconds for which sound waits for the pictures of its moment while a file is about to end: what
comes after the key frame at which it does belongs into the next one."""
RECENT_PACKETS = 3000


class StreamRecorder:
    """Writes one stream; nothing it is told makes it raise. Used by one thread.

    A take begins at a video key frame, with sound from the same moment, or with sound alone
    where no video comes. ``now`` is monotonic seconds as in `EncodedFrame.arrival`, ``wall``
    Unix time. An error ends the take, and frames are ignored from then on, until `restart`.

    Args:
        stream: Whose media.
        settings: Where it goes.
        on_event: Called in order; in the thread of the syncer where there is something to wait
            for, else in the one that writes.
        syncer: Looks after the files.
    """

    def __init__(
        self,
        stream: StreamIdentity,
        settings: RecordingSettings,
        on_event: TakeListener,
        syncer: Syncer | None = None,
    ) -> None:
        self._stream = stream.stream
        syncer = syncer or Syncer()
        reporter = TakeReporter(stream.stream, on_event, syncer)
        self._takes = OpenTakes(stream, settings, reporter, syncer)
        self._video_wait = settings.video_wait
        self._expected: dict[Kind, Codec] = {}
        self._recent: deque[EncodedFrame] = deque(maxlen=RECENT_PACKETS)
        self._held: deque[EncodedFrame] = deque()
        """Sound that is in no file yet."""
        self._batch: Sequence[EncodedFrame] = ()
        self._pending: EndReason | None = None
        self._closed = False
        self._now = 0.0
        self._skew = 0.0
        self._video_at = 0.0

    @property
    def active(self) -> bool:
        """Whether a file is open."""
        return self._takes.current is not None and self._takes.current.opened

    @property
    def bytes(self) -> int:
        """Bytes of the take being recorded; 0 while there is none."""
        return self._takes.current.bytes if self._takes.current else 0

    @property
    def wants_key_frame(self) -> bool:
        """Whether a start, a split or a new track waits for a video key frame."""
        if self._closed or Kind.VIDEO not in self._expected:
            return False
        recording = (
            self._takes.current is not None and self._takes.current.codec(Kind.VIDEO) is not None
        )
        return not recording or self._pending is not None

    def expect(self, video: Codec | None, audio: Codec | None) -> None:
        """Say which tracks were negotiated; call again after each negotiation.

        A take waits for its tracks at its start. One that comes later begins a new take.
        """
        codecs = {Kind.VIDEO: video, Kind.AUDIO: audio}
        self._expected = {kind: codec for kind, codec in codecs.items() if codec is not None}

    def relabel(self, label: str) -> None:
        """The publisher calls itself something else; goes into the summaries from now on."""
        self._takes.relabel(label)

    def count(self, packets: Mapping[Kind, PacketCounts]) -> None:
        """Take the packet totals since the tracks began; each take reports its own share."""
        self._takes.packets.update(packets)

    def write(
        self,
        frames: Sequence[EncodedFrame],
        reports: Mapping[Kind, SenderReport | None],
        now: float,
        wall: float,
    ) -> None:
        """Take frames of both kinds, those of one kind in the order of sending.

        They are on the disk after the next `poll`.
        """

        def call() -> None:
            self._takes.clocks(reports)
            self._batch = frames
            by_kind = {Kind.VIDEO: self._video, Kind.AUDIO: self._audio}
            for frame in frames:
                kind = frame.codec.kind
                self._expected.setdefault(kind, frame.codec)
                by_kind[kind](frame)
            self._batch = ()
            for take in self._takes.all():
                take.timeline.expect(())

        self._now, self._skew = now, wall - now
        if not self._closed:
            self._guard(call)

    def poll(self, now: float, wall: float) -> None:
        """Write to the disk, go on with what waited long enough, report progress.

        To be called a few times a second.
        """

        def call() -> None:
            if self._takes.current is None:
                self._begin_without_video(self._video_wait)
            elif self._pending is None:
                self._pending = self._takes.current.due(now)
            while self._held and self._held[0].arrival < now - HOLD:
                self._release()
            self._forget()
            self._takes.settle(now)

        self._now, self._skew = now, wall - now
        if not self._closed:
            self._guard(call)

    def split(self, now: float) -> None:
        """Begin a new take at the next video key frame, which the caller asks for.

        The present take goes on until then. Sound alone is split at its next packet.
        """
        self._now = now
        if self._takes.current is not None and self._pending is None:
            self._pending = EndReason.SPLIT

    def end(self, reason: EndReason, packets: Mapping[Kind, PacketCounts], error: str = "") -> None:
        """Write what waits, close the take, and ignore frames until `restart`.

        Args:
            reason: Goes into the summary, unless closing fails.
            packets: As for `count`.
            error: What broke, where something did.
        """

        def call() -> None:
            if self._takes.current is None:
                self._begin_without_video(0.0)
            self._release_all()
            self._finish(reason, error)

        self.count(packets)
        if not self._closed:
            self._guard(call)
        self._closed = True

    def restart(self) -> None:
        """Record again after `end` or after an error: wait for a key frame as at first."""
        if self._closed:
            self._closed = False
            self._pending = None
            self._recent.clear()

    def _video(self, frame: EncodedFrame) -> None:
        self._video_at = self._now
        take = self._takes.current
        begins = frame.width > 0 and frame.height > 0 and frame.key
        if take is None:
            if begins:
                self._begin(frame, list(self._recent))
        elif begins and (reason := self._due(take, frame)) is not None:
            self._cut(reason, frame)
        elif frame.codec in take.codecs:
            take.push(frame)
            while self._held and take.is_before(self._held[0], frame):
                self._release()

    def _due(self, take: Take, frame: EncodedFrame) -> EndReason | None:
        """Why a key frame begins a new take, if it does."""
        codec = take.codec(Kind.VIDEO)
        if codec is None:
            return EndReason.TRACKS
        if codec is not frame.codec:
            return EndReason.CODEC
        if take.is_full(frame.arrival):
            return EndReason.LENGTH
        return self._pending or (EndReason.SIZE if take.is_outgrown_by(frame) else None)

    def _audio(self, frame: EncodedFrame) -> None:
        take = self._takes.current
        self._remember(frame)
        if take is None:
            if self._takes.draft is not None and frame.codec in self._takes.draft.codecs:
                self._takes.draft.push(frame)
            self._begin_without_video(self._video_wait)
            return
        known = frame.codec in take.codecs
        if not known:
            self._pending = EndReason.CODEC if take.codec(Kind.AUDIO) else EndReason.TRACKS
        if self._pending is not None and self._pictures_stopped(take):
            self._cut(self._pending, frame)
        elif known and self._pending is not None:
            self._held.append(frame)
        elif known:
            take.push(frame)

    def _release(self) -> None:
        """Write the sound that waits longest."""
        frame = self._held.popleft()
        if self._takes.current is not None:
            self._takes.current.push(frame)

    def _release_all(self) -> None:
        while self._held:
            self._release()

    def _remember(self, frame: EncodedFrame) -> None:
        if self._recent and self._recent[-1].codec is not frame.codec:
            self._release_all()
            self._recent.clear()
        self._recent.append(frame)

    def _forget(self) -> None:
        """Let go of sound that no take can begin with any more."""
        recent = self._recent
        if self._takes.current is not None and recent:
            begin = recent[-1].arrival - OVERLAP
            while recent[0].arrival < begin:
                recent.popleft()

    def _pictures_stopped(self, take: Take) -> bool:
        if take.codec(Kind.VIDEO) is None:
            return True
        return self._now - self._video_at >= self._video_wait

    def _begin_without_video(self, wait: float) -> None:
        """Begin with sound alone, if there is some and pictures are not to be waited for."""
        if not self._recent:
            return
        waited = self._now - self._recent[0].arrival
        if Kind.VIDEO not in self._expected or waited >= wait:
            self._pending = None
            if not self._takes.keep_draft():
                self._takes.current = self._sound_take()
                self._fill(self._takes.current, list(self._recent))
        elif self._takes.draft is None and waited >= DRAFT_AFTER:
            self._takes.draft = self._sound_take(draft=True)
            self._fill(self._takes.draft, list(self._recent))

    def _sound_take(self, *, draft: bool = False) -> Take:
        first = self._recent[0]
        timeline = Timeline(Kind.AUDIO, {Kind.AUDIO: first.codec.clock_rate})
        return self._takes.make({Kind.AUDIO: first.codec}, timeline, first, self._skew, draft=draft)

    def _begin(self, first: EncodedFrame, others: Sequence[EncodedFrame]) -> None:
        """Begin a take at a frame; others are sound that may belong to it."""
        codecs = self._codecs(first)
        rates = {kind: codec.clock_rate for kind, codec in codecs.items()}
        lead = first.codec.kind
        previous = self._takes.previous
        known = previous.codec(lead) if previous else None
        if previous and known and known.clock_rate == first.codec.clock_rate:
            timeline = previous.timeline.fork(first, rates)
        else:
            timeline = Timeline(lead, rates)
        take = self._takes.make(codecs, timeline, first, self._skew)
        self._takes.current, self._pending = take, None
        self._fill(take, [first, *others])

    def _fill(self, take: Take, frames: Sequence[EncodedFrame]) -> None:
        """Write what is there already: the first frame of a file, then the others."""
        take.timeline.expect([*frames, *self._batch])
        for frame in frames:
            take.push(frame)

    def _codecs(self, first: EncodedFrame) -> dict[Kind, Codec]:
        if first.codec.kind is Kind.AUDIO:
            return {Kind.AUDIO: first.codec}
        audio = self._recent[-1].codec if self._recent else self._expected.get(Kind.AUDIO)
        codecs = {Kind.VIDEO: first.codec}
        if audio is not None and Kind.AUDIO in self._expected:
            codecs[Kind.AUDIO] = audio
        return codecs

    def _cut(self, reason: EndReason, first: EncodedFrame) -> None:
        """Begin the next take at a frame; the present one stays open for what is late."""
        self._takes.finish_previous()
        if first.codec.kind is Kind.AUDIO:
            self._release_all()
        audio = list(self._held)
        self._held.clear()
        take = self._takes.current
        if take is not None and first.codec.kind is Kind.VIDEO and not self._knows_sound(take):
            audio = list(self._recent)
        self._takes.cut(reason, self._now)
        self._begin(first, audio)

    def _knows_sound(self, take: Take) -> bool:
        """Whether the sound of the last seconds is in the file, but for what waits."""
        return not self._recent or self._recent[-1].codec in take.codecs

    def _finish(self, reason: EndReason, error: str) -> None:
        self._held.clear()
        self._takes.finish_all(reason, error)
        self._recent.clear()

    def _guard(self, call: Callable[[], None]) -> None:
        """Run a call; an error ends the takes, and recording with them."""
        try:
            call()
        except Exception as error:
            if not isinstance(error, RecordingError):
                _log.exception("recording %s", self._stream)
            self._closed = True
            self._finish(error_reason(error), str(error) or repr(error))

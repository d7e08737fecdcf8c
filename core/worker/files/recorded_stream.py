"""One stream of a connection on its way to its files."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Protocol

import msgspec

from ...model import (
    Codec,
    EncodedFrame,
    EndReason,
    Kind,
    PacketCounts,
    SenderReport,
    TakeSummary,
    TrackStats,
)
from ...recording.decoding_process import Look
from ...recording.hand_over import HandOver, memory_of
from ...recording.pre_roll import PreRoll
from ...recording.recorder import StreamRecorder
from ...recording.take_events import (
    RecordingSettings,
    StreamIdentity,
    TakeEnded,
    TakeEvent,
    TakeProgress,
)
from ..decoding.decoder import Decoder
from .ear import Ear
from .last_key_frame import LastKeyFrame
from .picture_gauge import PictureGauge
from .writer import Batch, Writer

SHARE_FRAMES = 1000
SHARE_BYTES = 8_000_000
"""What one stream hands over at once at most: 5000 frames and 40 MB a second. Who sends more
does not keep the thread from the others, and waits where it can be given up."""

_TOO_SLOW = "the disk cannot keep up with the streams"


class Counters(Protocol):
    """What a connection knows about its tracks, by mid."""

    def stats(self) -> Mapping[str, TrackStats]:
        """Counters of every track."""
        ...

    def report(self, mid: str) -> SenderReport | None:
        """The last sender report of a track."""
        ...


class RecordedStream:
    """Collects the frames of one stream and hands them to the writer in batches.

    All methods run on the event loop; the recorder inside is touched by the writer only.
    """

    def __init__(
        self,
        identity: StreamIdentity,
        settings: RecordingSettings,
        writer: Writer,
        decoder: Decoder,
        picture: PictureGauge,
        counters: Counters,
        on_event: Callable[[TakeEvent], None],
        on_overload: Callable[[str], None],
        on_wanted: Callable[[RecordedStream], None],
    ) -> None:
        self.stream = identity.stream
        self.tracks: dict[Kind, str] = {}
        """Kind to mid."""
        self.codecs: Mapping[Kind, Codec] = {}
        """Of these, as negotiated."""
        self.wanted = False
        self.monitored = False
        """It is looked at while it is not wanted."""
        self.take: TakeSummary | None = None
        self._bytes_at_start = 0
        self.grew_at: float | None = None
        """Monotonic time at which the file was last seen to grow."""
        self.written_at: dict[Kind, float] = {}
        """Monotonic times at which the file was last seen to have more of each track."""
        self.stats: Mapping[Kind, TrackStats] = {}
        """As of the last `refresh`."""
        self._packets: Mapping[Kind, PacketCounts] = {}
        """Of these."""
        self.key_frame = LastKeyFrame(identity.stream, decoder)
        self.ear = Ear()
        self.picture = picture
        self.waiting = 0
        self._pre_roll = PreRoll(settings.pre_roll)
        self._began = settings.session_began
        self._keeps = settings.pre_roll > 0
        self._rolled: deque[HandOver] = deque()
        """What a take begins with that came before somebody asked for it, until it is written."""
        self._asked_at = float("-inf")
        """When somebody did."""
        self._writer = writer
        self._decoder = decoder
        self._counters = counters
        self._on_event = on_event
        self._on_overload = on_overload
        self._on_wanted = on_wanted
        self._was_wanted = False
        """Of the writer's thread: whether a key frame was when it last looked."""
        self._loop = asyncio.get_running_loop()
        self._recorder = StreamRecorder(identity, settings, self._report, writer.syncer)
        self._events: deque[TakeEvent] = deque()
        self._arrived: list[EncodedFrame] = []
        self._pending: list[EncodedFrame] = []
        self._giving_up: asyncio.Task[None] | None = None
        self._order = asyncio.Lock()
        writer.add(self)

    @property
    def viewed(self) -> bool:
        """Whether it is recorded, or looked at."""
        return self.wanted or self.monitored

    @property
    def wants_key_frame(self) -> bool:
        """Whether the files wait for a key frame to go on, or what is held to begin with one."""
        if not self.wanted:
            return self.holds and self._pre_roll.wants_key_frame
        return self._recorder.wants_key_frame

    @property
    def holds(self) -> bool:
        """Whether what comes is held, for a take that may begin in the past."""
        return self._keeps and self.monitored and not self.wanted

    @property
    def held(self) -> int:
        """Bytes that are held."""
        return self._pre_roll.bytes

    @property
    def held_since(self) -> float | None:
        """Arrival of what a take would begin with; ``None``: nothing is held."""
        return self._pre_roll.since if self.holds else None

    def let_go(self) -> None:
        """Hold less."""
        self._pre_roll.let_go()

    @property
    def eager(self) -> bool:
        """Whether what arrived may begin a file.

        A container keeps a first frame back until it sees the other track: until a file has grown
        once more, it has only begun.
        """
        beginning = self.take is None or self.take.bytes <= self._bytes_at_start
        return self.wanted and beginning and bool(self._arrived)

    async def expect(self, codecs: Mapping[Kind, Codec]) -> None:
        """Say which tracks were negotiated."""
        self.codecs = codecs
        video, audio = codecs.get(Kind.VIDEO), codecs.get(Kind.AUDIO)
        await self._writer.run(lambda: self._recorder.expect(video, audio))

    async def relabel(self, label: str) -> None:
        """Take the name that the publisher gives itself."""
        await self._writer.run(lambda: self._recorder.relabel(label))

    async def record(self) -> None:
        """Begin to write, with what is held or at the next key frame; again where a file failed."""
        async with self._order:
            self.count()
            self.refresh()
            if not self.wanted:
                self._asked_at = time.monotonic()
                self._rolled.extend(self._pre_roll.take(self._asked_at))
            self.wanted, self._giving_up = True, None
            counts = self._packets

            def restart() -> None:
                self._recorder.restart()
                self._recorder.count(counts)

            await self._writer.run(restart)

    def add(self, frames: Sequence[EncodedFrame]) -> None:
        """Take frames of one track of this stream, in order."""
        self._arrived += frames
        if frames[0].codec.kind is Kind.AUDIO:
            self.ear.see(frames)

    async def look(self, frame: EncodedFrame) -> bool:
        """See what a key frame looks like; return whether that makes or ends an alarm."""
        before = self.picture.alarming()
        (found,) = await self._decoder.decode(Look(self.stream, frame))
        now = time.monotonic()
        if found is None:
            self.picture.missed(now)
        else:
            self.picture.saw(frame.arrival, found.cells, found.took, now)
        return self.picture.alarming() != before

    def refresh(self) -> None:
        """Read the counters of its tracks."""
        stats = self._counters.stats()
        self.stats = {kind: stats[mid] for kind, mid in self.tracks.items() if mid in stats}
        self._packets = {kind: _packets(stats) for kind, stats in self.stats.items()}

    # ── Source ───────────────────────────────────────────────────────────────────────────

    def count(self) -> None:
        """Sort what arrived, and take note of what the recorder said of its takes."""
        self._tell()
        if not self._arrived:
            if self.holds:
                self._pre_roll.age(time.monotonic())
            return
        frames, self._arrived = self._arrived, []
        self.key_frame.see(frames)
        self.picture.see(frames)
        if self.wanted and self._giving_up is None:
            self._pending += frames
            self.waiting += sum(map(memory_of, frames))
        elif self.holds:
            self.refresh()
            self._pre_roll.hold(self._hand_over(frames))

    def collect(self) -> Batch | None:
        """Hand over what was counted, up to a share, and let the recorder look at its clocks."""
        if not self.wanted:
            return None
        if self.take is None or self._recorder.wants_key_frame:
            # A take that begins counts from here on.
            self.refresh()
        if self._rolled:
            return self._roll()
        fits = self.waiting <= SHARE_BYTES and len(self._pending) <= SHARE_FRAMES
        return self._batch(len(self._pending) if fits else self._share())

    def give_up(self) -> None:
        """Drop what was counted and end the take: the disk is too slow for this stream."""
        self._pending, self.waiting = [], 0
        self._rolled.clear()
        self._giving_up = self._loop.create_task(self.end(EndReason.OVERLOAD, _TOO_SLOW))
        # The end of the take is reported when the disk lets it end.
        self._on_overload(f"{_TOO_SLOW}; this one is given up until it is started again")

    # ── takes ────────────────────────────────────────────────────────────────────────────

    async def split(self) -> None:
        """Go on in a new file at the next key frame."""
        async with self._order:
            now = time.monotonic()
            await self._writer.run(lambda: self._recorder.split(now))

    async def end(self, reason: EndReason, error: str = "") -> None:
        """Write what arrived and close the file; return when it is on the disk and reported."""
        async with self._order:
            if not self.monitored:
                self._pre_roll.clear()
            if not self.wanted:
                return
            if self._giving_up is not None:
                reason, error = EndReason.OVERLOAD, _TOO_SLOW
            self.refresh()
            self.count()
            write, size = self._batch(len(self._pending))
            counts = self._packets
            rolled, self._rolled = self._rolled, deque()
            self.wanted = False

            def finish() -> None:
                self._write_all(rolled)
                write()
                self._recorder.end(reason, counts, error)

            await self._writer.run(finish, size)
            await self._writer.synced()

    async def close(self, reason: EndReason) -> None:
        """End it for good."""
        await self.end(reason)
        self._writer.remove(self)

    def _share(self) -> int:
        sizes = accumulate(map(memory_of, self._pending[:SHARE_FRAMES]))
        return max(1, sum(size <= SHARE_BYTES for size in sizes))

    def _batch(self, count: int) -> Batch:
        frames, self._pending = self._pending[:count], self._pending[count:]
        rest = sum(map(memory_of, self._pending))
        size, self.waiting = self.waiting - rest, rest
        came = self._hand_over(frames)

        def write() -> None:
            came.give(self._recorder)
            self._ask_for_key_frame()

        return Batch(write, size)

    def _hand_over(self, frames: Sequence[EncodedFrame]) -> HandOver:
        reports = {kind: self._counters.report(mid) for kind, mid in self.tracks.items()}
        return HandOver(frames, reports, self._packets, time.monotonic(), time.time())

    def _roll(self) -> Batch:
        """Hand over a share of what was held, which takes no memory more than it did."""
        share: deque[HandOver] = deque()
        frames = size = 0
        while self._rolled and frames <= SHARE_FRAMES and size <= SHARE_BYTES:
            share.append(self._rolled.popleft())
            frames += len(share[-1].frames)
            size += share[-1].memory
        return Batch(lambda: self._write_all(share), 0)

    def _write_all(self, rolled: deque[HandOver]) -> None:
        """Runs in the thread; lets go of each when it is written."""
        while rolled:
            rolled.popleft().give(self._recorder)

    def _ask_for_key_frame(self) -> None:
        """Ask for the key frame at once that a file waits for to go on in another one."""
        wanted = self._recorder.wants_key_frame
        if wanted and not self._was_wanted and self._recorder.active:
            self._loop.call_soon_threadsafe(self._on_wanted, self)
        self._was_wanted = wanted

    def _report(self, event: TakeEvent) -> None:
        # Called by the recorder, in the thread of the writer or of the syncer. Progress
        # alone is not worth waking the event loop: it waits for the next `count`.
        if isinstance(event, TakeEnded):
            self._writer.closed(event.summary)
        self._events.append(event)
        if not isinstance(event, TakeProgress):
            self._loop.call_soon_threadsafe(self._tell)

    def _note_tracks(self, summary: TakeSummary, before: TakeSummary | None) -> None:
        same = before is not None and before.file == summary.file
        known = _frames(before) if before is not None and same else {}
        if not same:
            self.written_at = {}
        for kind, frames in _frames(summary).items():
            if frames > known.get(kind, 0):
                self.written_at[kind] = time.monotonic()

    def _tell(self) -> None:
        while self._events:
            self._note(self._events.popleft())

    def _with_pre_roll(self, event: TakeEvent) -> TakeEvent:
        """Say how much of a take came before somebody asked for it."""
        before = self._asked_at - self._began - event.summary.offset
        if not (self._keeps and event.summary.file and before > 0):
            return event
        summary = msgspec.structs.replace(event.summary, pre_roll=before)
        return msgspec.structs.replace(event, summary=summary)

    def _note(self, event: TakeEvent) -> None:
        event = self._with_pre_roll(event)
        summary, before = event.summary, self.take
        if before is None or before.file != summary.file:
            self._bytes_at_start = summary.bytes
            self.grew_at = time.monotonic()
        elif summary.bytes > before.bytes:
            self.grew_at = time.monotonic()
        self._note_tracks(summary, before)
        self.take = None if isinstance(event, TakeEnded) else summary
        self._on_event(event)


def _frames(take: TakeSummary) -> dict[Kind, int]:
    video, audio = take.video, take.audio
    return {
        Kind.VIDEO: video.frames if video else 0,
        Kind.AUDIO: audio.packets if audio else 0,
    }


def _packets(stats: TrackStats) -> PacketCounts:
    return PacketCounts(stats.expected, stats.received, stats.recovered, stats.lost)

"""One stream of a connection on its way to its files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from ..model import (
    Codec,
    EncodedFrame,
    EndReason,
    Kind,
    PacketCounts,
    SenderReport,
    TakeSummary,
    TrackStats,
)
from ..recording.recorder import (
    RecordingSettings,
    StreamIdentity,
    StreamRecorder,
    TakeEnded,
    TakeEvent,
)
from .stills import LastKeyFrame
from .writer import Writer

_TOO_SLOW = "the disk cannot keep up with the streams"


class Tape:
    """Collects the frames of one stream and hands them to the writer in batches.

    All methods run on the event loop; the recorder inside is touched by the writer only.
    """

    def __init__(
        self,
        identity: StreamIdentity,
        settings: RecordingSettings,
        writer: Writer,
        on_event: Callable[[TakeEvent], None],
    ) -> None:
        self.stream = identity.stream
        self.tracks: dict[Kind, str] = {}
        """Kind to mid."""
        self.wanted = False
        self.take: TakeSummary | None = None
        self.grew_at: float | None = None
        """Monotonic time at which the file was last seen to grow."""
        self.stats: Mapping[Kind, TrackStats] = {}
        self.reports: Mapping[Kind, SenderReport | None] = {}
        self.key_frame = LastKeyFrame()
        self._writer = writer
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._recorder = StreamRecorder(identity, settings, self._report)
        self._pending: list[EncodedFrame] = []
        self._pending_bytes = 0
        self._overrun = False
        self._order = asyncio.Lock()

    @property
    def wants_key_frame(self) -> bool:
        """Whether the files wait for a key frame to go on."""
        return self.wanted and self._recorder.wants_key_frame

    async def expect(self, codecs: Mapping[Kind, Codec]) -> None:
        """Say which tracks were negotiated."""
        video, audio = codecs.get(Kind.VIDEO), codecs.get(Kind.AUDIO)
        await self._writer.run(lambda: self._recorder.expect(video, audio))

    async def relabel(self, label: str) -> None:
        """Take the name that the publisher gives itself."""
        await self._writer.run(lambda: self._recorder.relabel(label))

    async def record(self) -> None:
        """Begin to write, at the next key frame; again where a file failed."""
        async with self._order:
            self.wanted, self._overrun = True, False
            await self._writer.run(self._recorder.restart)

    def add(self, frames: Sequence[EncodedFrame]) -> None:
        """Take frames of any track of this stream, in order per track."""
        self.key_frame.see(frames)
        if not self.wanted or self._overrun:
            return
        size = sum(len(frame.data) for frame in frames)
        self._pending += frames
        self._pending_bytes += size
        self._writer.waiting += size
        if self._writer.overloaded:
            self._overrun = True
            self._drop()

    async def flush(self) -> None:
        """Hand what was collected to the writer, and let it look at its clocks."""
        if self._overrun:
            await self.end(EndReason.OVERLOAD, _TOO_SLOW)
        else:
            await self._write()

    async def _write(self) -> None:
        frames, self._pending = self._pending, []
        size, self._pending_bytes = self._pending_bytes, 0
        reports, counts = dict(self.reports), self._counts()
        now, wall = time.monotonic(), time.time()

        def write() -> None:
            if frames:
                self._recorder.write(frames, reports, now, wall)
            self._recorder.poll(now, wall)
            # Only now: packets of the frames with which a take begins are its own.
            self._recorder.count(counts)

        await self._writer.run(write, size)

    async def split(self) -> None:
        """Go on in a new file at the next key frame."""
        async with self._order:
            now = time.monotonic()
            await self._writer.run(lambda: self._recorder.split(now))

    async def end(self, reason: EndReason, error: str = "") -> None:
        """Close the file; return when it is closed and reported."""
        async with self._order:
            if self.wanted:
                if self._overrun:
                    reason, error = EndReason.OVERLOAD, _TOO_SLOW
                await self._write()
                self.wanted = False
                self._drop()
                counts = self._counts()
                await self._writer.run(lambda: self._recorder.end(reason, counts, error))

    def _drop(self) -> None:
        self._writer.waiting -= self._pending_bytes
        self._pending, self._pending_bytes = [], 0

    def _counts(self) -> dict[Kind, PacketCounts]:
        return {
            kind: PacketCounts(stats.expected, stats.received, stats.recovered, stats.lost)
            for kind, stats in self.stats.items()
        }

    def _report(self, event: TakeEvent) -> None:
        # Called by the recorder, so in the writer's thread.
        self._loop.call_soon_threadsafe(self._note, event)

    def _note(self, event: TakeEvent) -> None:
        summary, before = event.summary, self.take
        if before is None or before.file != summary.file or summary.bytes > before.bytes:
            self.grew_at = time.monotonic()
        self.take = None if isinstance(event, TakeEnded) else summary
        self._on_event(event)

"""Takes over the workers of an engine that is gone, and tells what happened meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ..errors import RecordingError
from ..ipc.worker_messages import Ended, Hello, Session
from ..model import EndReason, EventType, TakeSummary
from ..recording import sidecar
from .records.past import Past
from .records.repairs import Repairs
from .room.actions import Action, Note
from .room.reports import Reports
from .room.room import BY_HAND
from .worker_news import WorkerNews

_GONE = "its connection ended while there was no engine"
_Happened = tuple[float, Callable[[], None]]
"""When something did, monotonic seconds, by which it is told in order, and what tells it."""


class Adoption:
    """Tells each thing once that an engine before this one told, or did not come to tell.

    Args:
        session: Of both.
        past: What was told.
        reports: Hears of connections and streams.
        news: Hears of takes.
        repairs: Completes what a worker left.
        do: Tells, and carries out what follows.
    """

    def __init__(
        self,
        session: Session,
        past: Past,
        reports: Reports,
        news: WorkerNews,
        repairs: Repairs,
        do: Callable[[Iterable[Action]], None],
    ) -> None:
        self._session = session
        self._past = past
        self._reports = reports
        self._news = news
        self._repairs = repairs
        self._do = do

    async def run(self, found: Sequence[Hello]) -> None:
        """Take over; ``found`` is what each worker said."""
        now = time.monotonic()
        here = [self._reports.adopt(hello, now, self._past.stalls) for hello in found]
        known = {(one.stream, one.file) for one in _takes(found)}
        left = {file for file, stream in self._past.files.items() if (stream, file) not in known}
        happened = [one for hello in found for one in self._of(hello)]
        happened += self._left(found)
        happened += await asyncio.to_thread(self._orphans, left) if left else []
        for _, tell in sorted(happened, key=lambda one: one[0]):
            tell()
        for actions in here:
            self._do(actions)
        # Of those with a connection it is known already what became of them.
        self._reports.resume(self._past.here - self._past.connected.keys())

    def _of(self, hello: Hello) -> Iterator[_Happened]:
        for info in hello.peers:
            if info.connected and not self._past.told_connect(info.stream):
                yield from self._noted(Note(EventType.STREAM_CONNECT, "connected", info.stream))
        known = [(one.take, one.peer, None) for one in hello.streams if one.take is not None]
        known += [(one.take, "", one) for one in hello.ended]
        after: dict[str, float] = {}
        for take, peer, ended in sorted(known, key=lambda one: one[0].offset):
            # One ends before the next of its stream begins, whose first frame may be older.
            for at, tell in self._take(take, peer, ended):
                after[take.stream] = max(at, after.get(take.stream, at))
                yield after[take.stream], tell

    def _take(self, take: TakeSummary, peer: str, ended: Ended | None) -> Iterator[_Happened]:
        if ended is None or not self._past.told_start(take, ended.at):
            yield self._start(peer, take)
        if ended is not None:
            yield self._end(ended)

    def _start(self, peer: str, take: TakeSummary) -> _Happened:
        at = self._session.began + take.offset + take.pre_roll
        told = self._past.told_start(take)
        return at, lambda: self._news.started(peer, take, at, told=told)

    def _end(self, ended: Ended) -> _Happened:
        take, told = ended.take, self._past.told_end(ended.take, ended.at)
        # One that was put right before its end was told ended as it is now.
        done = bool(ended.unmended) or (told and not take.misplaced)
        news = done and (not told or take.file in self._past.mending)

        def tell() -> None:
            self._news.ended(take, ended.at, told=told)
            if news:
                self._news.mended(take, ended.unmended)

        return ended.at, tell

    def _left(self, found: Sequence[Hello]) -> Iterator[_Happened]:
        """Yield the connections that are over, which nobody knows."""
        left = sorted((one for hello in found for one in hello.left), key=lambda one: one.at)
        last = {one.stream: one for one in left}
        here = {info.stream for hello in found for info in hello.peers}
        for stream, since in self._past.connected.items():
            one = last.get(stream)
            if stream in here or (one is not None and one.reason in BY_HAND):
                continue
            if one is not None and one.at >= since:
                text = one.text or one.reason.value
                yield from self._noted(Note(EventType.STREAM_LEAVE, text, stream, at=one.at))
            else:
                yield from self._noted(Note(EventType.STREAM_LEAVE, _GONE, stream))

    def _orphans(self, files: set[str]) -> list[_Happened]:
        """Return the ends of takes that no worker knows of: theirs died, or left in order."""
        path = Path(self._session.sidecar)
        try:
            known = sidecar.load(path)
        except (OSError, RecordingError):
            known = None
        names = {Path(file).name: file for file in files}
        takes = known.takes if known is not None else ()
        return [
            self._orphan(msgspec.structs.replace(take, file=names[Path(take.file).name]))
            for take in takes
            if Path(take.file).name in names
        ]

    def _orphan(self, take: TakeSummary) -> _Happened:
        at = self._session.began + take.offset + take.seconds
        lost = msgspec.structs.replace(take, reason=take.reason or EndReason.WORKER_LOST)

        def tell() -> None:
            if take.reason is None:
                self._repairs.expect()
            self._news.ended(lost, at)

        return at, tell

    def _noted(self, note: Note) -> Iterator[_Happened]:
        yield time.monotonic() if note.at is None else note.at, lambda: self._do([note])


def _takes(found: Sequence[Hello]) -> Iterator[TakeSummary]:
    for hello in found:
        yield from (status.take for status in hello.streams if status.take is not None)
        yield from (one.take for one in hello.ended)

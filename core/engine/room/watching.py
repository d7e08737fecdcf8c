"""Whether streams stand still, by what their workers report of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...ipc.worker_messages import Hearing, PublisherInfo, Seen, StreamStatus
from ...model import EventLevel, EventType, SoundMeter, StandingStall
from .actions import Action, Note
from .entry import Entry
from .room import Room
from .stalls import SENDS_NOTHING, Change
from .states import Phase


class Watching:
    """Takes what workers report of streams, and tells what began to stand still, or goes on."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def adopt(self, status: StreamStatus, stalls: Iterable[StandingStall]) -> None:
        """Go on with what stood still of a stream when the engine before this one told so."""
        entry = self._room.entries.get(status.stream)
        if entry is not None and entry.peer == status.peer:
            entry.watch_anew(status.peer, stalls)

    def report(self, streams: Sequence[StreamStatus], now: float) -> list[StreamStatus]:
        """Take the counters of one worker's streams; return those of present connections."""
        return [status for status in streams if self._report(status, now)]

    def _report(self, status: StreamStatus, now: float) -> bool:
        entry = self._room.entries.get(status.stream)
        if entry is None or entry.peer != status.peer:
            return False
        entry.report(status, now)
        return True

    def inspect(self, streams: Sequence[StreamStatus], now: float) -> list[Action]:
        """Tell what began to stand still, or goes on, by counters that `report` returned."""
        actions: list[Action] = []
        for status in streams:
            entry = self._room.entries[status.stream]
            is_due = self._is_due(entry, status)
            if entry.watch.peer != status.peer or not is_due:
                entry.watch_anew(status.peer)
            if is_due:
                idle = entry.watch.sends_nothing
                changes = entry.watch.inspect(status, entry.quiet, now)
                actions += [_note(change, entry.stream) for change in changes]
                if entry.watch.sends_nothing and not idle:
                    actions.append(Note(EventType.STREAM_IDLE, SENDS_NOTHING, entry.stream))
        return actions

    def heard(self, streams: Sequence[Hearing]) -> dict[str, SoundMeter]:
        """Take how loud one worker's streams are now; return those of present connections."""
        present: dict[str, SoundMeter] = {}
        for hearing in streams:
            entry = self._room.entries.get(hearing.stream)
            if entry is not None and entry.peer == hearing.peer:
                entry.hear(hearing.meter)
                present[hearing.stream] = hearing.meter
        return present

    def seen(self, seen: Seen) -> None:
        """Take what the pictures of a stream show now."""
        entry = self._room.entries.get(seen.stream)
        if entry is not None and entry.peer == seen.peer:
            entry.see(seen.meter)

    def info(self, info: PublisherInfo) -> None:
        """What a publisher said about itself."""
        for entry in self._room.entries.values():
            if entry.peer == info.peer:
                entry.introduce(info)

    def tick(self, now: float) -> list[Action]:
        """Notice workers that fell silent."""
        actions: list[Action] = []
        for entry in self._room.entries.values():
            unheard = entry.listen(now)
            if entry.silent and entry.status and self._is_due(entry, entry.status):
                changes = entry.watch.unheard(unheard, now)
                actions += [_note(change, entry.stream) for change in changes]
        return actions

    def _is_due(self, entry: Entry, status: StreamStatus) -> bool:
        """Whether it should come now, and be written if it is to be recorded."""
        peer = self._room.peers.get(status.peer)
        unwritable = entry.recording and self._room.conditions.unwritable
        return (
            entry.viewed
            and status.wanted is entry.recording
            and entry.phase is Phase.LIVE
            and not (entry.failures.why or entry.saving or unwritable)
            and not (peer is None or peer.closing)
        )


def _note(change: Change, stream: str) -> Note:
    """Return the event that tells of a stall: ``data`` is what, and for how many seconds."""
    data: dict[str, object] = {"what": change.what.value, "seconds": round(change.seconds, 1)}
    if change.over:
        text = f"{change.why} after {change.seconds:.1f} s"
        return Note(EventType.STREAM_RESUME, text, stream, data=data)
    return Note(EventType.STREAM_STALL, change.why, stream, EventLevel.WARNING, data)

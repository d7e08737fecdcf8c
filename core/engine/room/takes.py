"""What becomes of the takes of a room, and when another one is tried. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from ...ipc.worker_messages import Mending, Record, StreamStatus
from ...model import EndReason, EventLevel, EventType, TakeSummary
from .actions import Action, Note, Tell
from .room import Room

_UNWRITABLE = (EndReason.WRITE_ERROR, EndReason.DISK_FULL, EndReason.OVERLOAD)
_FAILED = (*_UNWRITABLE, EndReason.WORKER_LOST)


class Takes:
    """Follows the takes that are written, and counts those that ended."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.done = 0
        self.failed = 0
        self.disk_full = False
        """Whether one ended because the disk was."""
        self._open: dict[str, tuple[str, TakeSummary]] = {}
        """Connection and last figures of each take that is being written, by file."""
        self._ends: dict[tuple[str, str], EndReason] = {}
        """How those ended that are on nodes, by node and file: their workers may tell it again."""

    def started(self, peer: str, take: TakeSummary, at: float | None = None) -> list[Action]:
        """A file was opened; ``at`` is as of `Note`."""
        self._open[take.file] = (peer, take)
        entry = self._room.entries.get(take.stream)
        if entry is not None:
            entry.take_started()
        past = f", from {take.pre_roll:.1f} s ago on" if take.pre_roll else ""
        where = f" on {take.node}" if take.node else ""
        text = f"recording to {take.file}{where}{past}"
        return [Note(EventType.TAKE_START, text, take.stream, data=describe(take), at=at)]

    def report(self, streams: Sequence[StreamStatus]) -> None:
        """A worker told how far its takes are."""
        for status in streams:
            if status.take is not None:
                self._open[status.take.file] = (status.peer, status.take)

    def ended(self, take: TakeSummary, now: float, at: float | None = None) -> list[Action]:
        """A file was closed, well or badly; ``at`` is as of `Note`."""
        self._open.pop(take.file, None)
        entry = self._room.entries.get(take.stream)
        failed = take.reason in _FAILED
        told = self._ends.get((take.node, take.file))
        if told not in (None, EndReason.WORKER_LOST):
            return []
        if told is not None:
            # Its worker was taken to be lost, and says how it really ended.
            self.done, self.failed, entry = self.done - 1, self.failed - 1, None
        if take.node and take.reason:
            self._ends[take.node, take.file] = take.reason
        self.done += 1
        self.failed += failed
        self.disk_full |= take.reason is EndReason.DISK_FULL
        if entry is not None:
            entry.take_ended(take)
            if take.reason in _UNWRITABLE and entry.recording:
                why = self._room.conditions.unwritable or take.error
                entry.failures.failed(why, take.seconds, now)
        reason = take.reason.value if take.reason else ""
        text = take.error or f"{reason}: {take.seconds:.1f} s, {take.bytes} bytes"
        level = EventLevel.ERROR if failed else EventLevel.INFO
        return [Note(EventType.TAKE_END, text, take.stream, level, describe(take), at)]

    def mending(self, mending: Mending, leaving: bool) -> list[Action]:
        """A closed file is being put right."""
        text = (
            f"putting {mending.file} right, {mending.bytes // 1_000_000} MB: sound and picture "
            "are apart in a part of it"
        )
        if leaving:
            text += "; the end waits for it, and who does not wait keeps the file as it is"
        data: dict[str, object] = {"file": mending.file, "bytes": mending.bytes}
        return [Note(EventType.TAKE_MENDING, text, mending.stream, data=data)]

    def mended(self, take: TakeSummary, error: str) -> list[Action]:
        """The file of an ended take was put right, or stays as it was."""
        if error:
            text = f"sound and picture stay apart in a part of {take.file}: {error}"
            level, data = EventLevel.WARNING, describe(take)
            return [Note(EventType.TAKE_UNMENDED, text, take.stream, level, data)]
        entry = self._room.entries.get(take.stream)
        if entry is not None:
            entry.take_mended(take)
        text = f"all of {take.file} is in its place now"
        return [Note(EventType.TAKE_MENDED, text, take.stream, data=describe(take))]

    def of(self, peers: Collection[str]) -> list[TakeSummary]:
        """Return the takes that some connections were last known to be writing."""
        return [take for peer, take in self._open.values() if peer in peers]

    def hand_over(self, peers: Collection[str]) -> None:
        """Another engine has these connections: what they write ends there."""
        self._open = {file: one for file, one in self._open.items() if one[0] not in peers}

    def tick(self, now: float) -> list[Action]:
        """Open new files where one failed a while ago."""
        actions: list[Action] = []
        for entry in self._room.entries.values():
            if entry.failures.is_retry_due(now) and not self._room.conditions.unwritable:
                entry.failures.retry()
                if entry.recording and entry.peer:
                    actions.append(Tell(entry.peer, Record(entry.stream, True)))
        return actions


def describe(take: TakeSummary) -> dict[str, object]:
    """Return a take as it stands in an event, for those who read ``--json``."""
    return {
        "file": take.file,
        "node": take.node,
        "recording": take.recording,
        "part": take.part,
        "part_begin": round(take.part_begin, 3),
        "pre_roll": round(take.pre_roll, 3),
        "bytes": take.bytes,
        "seconds": round(take.seconds, 3),
        "video": msgspec.to_builtins(take.video),
        "audio": msgspec.to_builtins(take.audio),
        "packets": msgspec.to_builtins(take.packets, str_keys=True),
        "holes": take.holes,
        "reason": take.reason.value if take.reason else None,
        "error": take.error,
    }

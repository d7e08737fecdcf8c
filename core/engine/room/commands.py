"""What people ask of the streams of a room, and what became of their takes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from ...errors import ControlError
from ...ipc import worker_messages
from ...ipc.control_messages import Verb
from ...model import EndReason, TakeSummary
from ...recording.sidecar import Marker
from .actions import Action, Note, Tell
from .entry import SILENT, Entry, Phase
from .room import Room
from .stalls import SENDS_NOTHING, Change, StallWatch

_LONGEST_MARK = 200
_WORKED = 0.5
"""Seconds of a take after which its failure is a new one."""
_UNWRITABLE = (EndReason.WRITE_ERROR, EndReason.DISK_FULL, EndReason.OVERLOAD)
_FAILED = (*_UNWRITABLE, EndReason.WORKER_LOST)


class Deck:
    """The buttons of the recorder, and its counters."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.takes_done = 0
        self.takes_failed = 0
        self._open: dict[str, tuple[str, TakeSummary]] = {}
        """Connection and last figures of each take that is being written, by file."""

    # ── commands ─────────────────────────────────────────────────────────────────────────

    def command(self, verb: Verb, streams: Sequence[str], now: float) -> tuple[str, list[Action]]:
        """Carry out a command on some streams, or on all where none is named.

        Returns:
            What was done, in words, and what follows.

        Raises:
            ControlError: A stream is not there, or has no file to be split; says so.
        """
        does: dict[str, Callable[[Entry, float], list[Action]]] = {
            "start": self._start,
            "include": self._start,
            "stop": self._stop,
            "exclude": self._exclude,
            "split": self._split,
        }
        entries = self._named(streams)
        if verb == "split":
            entries = _recorded(entries)
        actions: list[Action] = []
        for entry in entries:
            actions += does[verb](entry, now)
            actions.append(Note("command", f"asked to {verb}", entry.stream))
        names = ", ".join(entry.stream for entry in entries) or "no stream"
        return f"{verb}: {names}", actions

    def mark(self, streams: Sequence[str], text: str, time: float, offset: float) -> Marker:
        """Return a marker on some streams, or on the whole room where none is named.

        Args:
            streams: All must be there.
            text: From a person; of bounded length, and one line, in the sidecar.
            time: Unix time.
            offset: Seconds since the session began.

        Raises:
            ControlError: A stream is not there; says which are.
        """
        names = tuple(entry.stream for entry in self._named(streams)) if streams else ()
        line = " ".join(text.split())[:_LONGEST_MARK]
        return Marker(time=time, offset=round(offset, 3), text=line, streams=names)

    def _named(self, streams: Sequence[str]) -> list[Entry]:
        entries = self.room.entries
        missing = [stream for stream in streams if stream not in entries]
        if missing:
            known = ", ".join(sorted(entries)) or "none yet"
            raise ControlError(f"no stream called {', '.join(missing)}; there are: {known}")
        return [entries[stream] for stream in streams] if streams else list(entries.values())

    def _start(self, entry: Entry, now: float) -> list[Action]:
        entry.by_hand = True
        return self._record(entry, now)

    def _record(self, entry: Entry, now: float) -> list[Action]:
        entry.recording, entry.excluded, entry.refusal = True, False, ""
        entry.failure, entry.failures, entry.record_at = "", 0, None
        peer = self.room.peers.get(entry.peer)
        if peer is None:
            return self.room.want(entry, now)
        # One that is being closed is asked for again when it is closed.
        return [] if peer.closing else [Tell(peer.name, worker_messages.Record(entry.stream, True))]

    def _stop(
        self, entry: Entry, now: float, reason: EndReason = EndReason.STOPPED
    ) -> list[Action]:
        entry.recording, entry.by_hand = False, True
        entry.failure, entry.record_at, entry.play_at = "", None, None
        if entry.phase is Phase.ASKED:
            entry.phase = Phase.IDLE
        entry.refusal = entry.refusal or "stopped by hand"
        if not entry.peer:
            return []
        entry.saving = entry.status is not None and entry.status.take is not None
        others = [
            other
            for other in self.room.entries.values()
            if other.peer == entry.peer and other is not entry and other.recording
        ]
        if others:
            return [Tell(entry.peer, worker_messages.Record(entry.stream, False, reason))]
        return [self.room.close(entry.peer, reason)]

    def _exclude(self, entry: Entry, now: float) -> list[Action]:
        actions = self._stop(entry, now, EndReason.EXCLUDED)
        entry.excluded, entry.refusal = True, "excluded by hand"
        return actions

    def _split(self, entry: Entry, now: float) -> list[Action]:
        return [Tell(entry.peer, worker_messages.Split(entry.stream))]

    # ── what workers report ──────────────────────────────────────────────────────────────

    def take_started(self, peer: str, take: TakeSummary) -> list[Action]:
        """A file was opened."""
        self._open[take.file] = (peer, take)
        entry = self.room.entries.get(take.stream)
        if entry is not None:
            entry.takes += 1
            entry.failure, entry.record_at = "", None
        return [Note("take.start", f"recording to {take.file}", take.stream, data=describe(take))]

    def take_ended(self, take: TakeSummary, now: float) -> list[Action]:
        """A file was closed, well or badly."""
        self._open.pop(take.file, None)
        entry = self.room.entries.get(take.stream)
        failed = take.reason in _FAILED
        self.takes_done += 1
        self.takes_failed += failed
        if entry is not None:
            self._close(entry, take)
            if take.reason in _UNWRITABLE and entry.recording:
                self._fail(entry, take, now)
            elif take.seconds > 60:
                entry.failures = 0
        reason = take.reason.value if take.reason else ""
        text = take.error or f"{reason}: {take.seconds:.1f} s, {take.bytes} bytes"
        level = "error" if failed else "info"
        return [Note("take.end", text, take.stream, level, describe(take))]

    def mending(self, mending: worker_messages.Mending, leaving: bool) -> list[Action]:
        """A closed file is being put right."""
        text = (
            f"putting {mending.file} right, {mending.bytes // 1_000_000} MB: sound and picture "
            "are apart in a part of it"
        )
        if leaving:
            text += "; the end waits for it, and who does not wait keeps the file as it is"
        data: dict[str, object] = {"file": mending.file, "bytes": mending.bytes}
        return [Note("take.mending", text, mending.stream, data=data)]

    def take_mended(self, take: TakeSummary, error: str) -> list[Action]:
        """The file of an ended take was put right, or stays as it was."""
        if error:
            text = f"sound and picture stay apart in a part of {take.file}: {error}"
            return [Note("take.unmended", text, take.stream, "warning", describe(take))]
        entry = self.room.entries.get(take.stream)
        if entry is not None and entry.last_take and entry.last_take.file == take.file:
            entry.last_take = take
        text = f"all of {take.file} is in its place now"
        return [Note("take.mended", text, take.stream, data=describe(take))]

    def _close(self, entry: Entry, take: TakeSummary) -> None:
        entry.last_take, entry.saving = take, False
        status = entry.status
        if status is not None and status.take is not None and status.take.file == take.file:
            entry.status = msgspec.structs.replace(status, take=None)
        if take.reason is EndReason.SHARE and entry.parent:
            entry.present = False

    def _fail(self, entry: Entry, take: TakeSummary, now: float) -> None:
        # A file that could be written for a while says nothing against the next one.
        entry.failures = 1 if take.seconds > _WORKED else entry.failures + 1
        entry.failure = (
            self.room.unwritable or take.error or entry.failure or "its file could not be written"
        )
        entry.record_at = now + entry.retry_delay()

    def open_takes(self, peers: Collection[str]) -> list[TakeSummary]:
        """Return the takes that some connections were last known to be writing."""
        return [take for peer, take in self._open.values() if peer in peers]

    def status(
        self, streams: Sequence[worker_messages.StreamStatus], now: float
    ) -> list[worker_messages.StreamStatus]:
        """Take the counters of one worker's streams; return those of present connections."""
        return [status for status in streams if self._status(status, now)]

    def _status(self, status: worker_messages.StreamStatus, now: float) -> bool:
        if status.take is not None:
            self._open[status.take.file] = (status.peer, status.take)
        entry = self.room.entries.get(status.stream)
        if entry is None or entry.peer != status.peer:
            return False
        entry.status, entry.heard_at, entry.silent = status, now, False
        entry.saving = entry.saving and status.take is not None
        return True

    def look(self, streams: Sequence[worker_messages.StreamStatus], now: float) -> list[Action]:
        """Tell what began to stand still, or goes on, by counters that `status` returned."""
        actions: list[Action] = []
        for status in streams:
            entry = self.room.entries[status.stream]
            if entry.watch.peer != status.peer or not self._is_due(entry, status):
                entry.watch = StallWatch(status.peer)
            if self._is_due(entry, status):
                idle = entry.watch.sends_nothing
                changes = entry.watch.look(status, entry.quiet, now)
                actions += [_note(change, entry.stream) for change in changes]
                if entry.watch.sends_nothing and not idle:
                    actions.append(Note("stream.idle", SENDS_NOTHING, entry.stream))
        return actions

    def _is_due(self, entry: Entry, status: worker_messages.StreamStatus) -> bool:
        """Whether it should be written now."""
        peer = self.room.peers.get(status.peer)
        return (
            status.wanted
            and entry.recording
            and entry.phase is Phase.LIVE
            and not (entry.failure or entry.saving or self.room.unwritable)
            and not (peer is None or peer.closing)
        )

    def info(self, info: worker_messages.PublisherInfo) -> list[Action]:
        """What a publisher said about itself."""
        for entry in self.room.entries.values():
            if entry.peer == info.peer:
                entry.label = entry.label if info.label is None else info.label
                entry.muted = entry.muted if info.muted is None else info.muted
                entry.camera_off = entry.camera_off if info.camera_off is None else info.camera_off
                entry.screen = entry.screen if info.screen is None else info.screen
        return []

    def found(self, found: worker_messages.Found) -> list[Action]:
        """A screen share appeared in a connection."""
        entry, actions = self.room.found_screen(found.peer, found.stream)
        if entry is not None and entry.recording:
            if not self.room.unwritable:
                actions.append(Tell(found.peer, worker_messages.Record(found.stream, True)))
            entry.failure = self.room.unwritable
        return actions

    # ── time and disk ────────────────────────────────────────────────────────────────────

    def tick(self, now: float) -> list[Action]:
        """Open new files where one failed a while ago; notice workers that fell silent."""
        actions: list[Action] = []
        for entry in self.room.entries.values():
            unheard = now - entry.heard_at
            entry.silent = entry.status is not None and unheard > SILENT
            if entry.silent and entry.status and self._is_due(entry, entry.status):
                changes = entry.watch.unheard(unheard, now)
                actions += [_note(change, entry.stream) for change in changes]
            if entry.record_at is None or now < entry.record_at or self.room.unwritable:
                continue
            entry.record_at = None
            if entry.recording and entry.peer:
                actions.append(Tell(entry.peer, worker_messages.Record(entry.stream, True)))
        return actions

    def disk(self, unwritable: str, full: bool, now: float) -> list[Action]:
        """Stop cleanly while nothing can be written; go on when it can again.

        Args:
            unwritable: Why nothing can; empty where it can.
            full: The disk is; its files were closed in time.
            now: Monotonic seconds.
        """
        was, self.room.unwritable = self.room.unwritable, unwritable
        if unwritable and not was:
            return self._close_for_disk(unwritable, full)
        if was and not unwritable:
            return self._reopen(now)
        for entry in self.room.entries.values():
            if was and entry.failure == was:
                entry.failure = unwritable
        return []

    def _close_for_disk(self, why: str, full: bool) -> list[Action]:
        reason = EndReason.DISK_FULL if full else EndReason.WRITE_ERROR
        actions: list[Action] = [Note("error", why, level="error")]
        for entry in self.room.entries.values():
            if entry.recording and (entry.peer or entry.due):
                entry.failure = why
            if entry.recording and entry.peer:
                actions.append(
                    Tell(entry.peer, worker_messages.Record(entry.stream, False, reason))
                )
        return actions

    def _reopen(self, now: float) -> list[Action]:
        actions: list[Action] = [
            Note("warning", "the disk can be written again; recording goes on")
        ]
        for entry in self.room.entries.values():
            if entry.recording:
                actions += self._record(entry, now)
        return actions


def _recorded(entries: list[Entry]) -> list[Entry]:
    """Those that have a file to go on from."""
    found = [entry for entry in entries if entry.recording and entry.peer]
    if entries and not found:
        names = ", ".join(entry.stream for entry in entries)
        raise ControlError(f"not recorded, so there is no file to go on from: {names}")
    return found


def _note(change: Change, stream: str) -> Note:
    """Return the event that tells of a stall: ``data`` is what, and for how many seconds."""
    data: dict[str, object] = {"what": change.what.value, "seconds": round(change.seconds, 1)}
    if change.over:
        text = f"{change.why} after {change.seconds:.1f} s"
        return Note("stream.resume", text, stream, data=data)
    return Note("stream.stall", change.why, stream, "warning", data)


def describe(take: TakeSummary) -> dict[str, object]:
    """Return a take as it stands in an event, for those who read ``--json``."""
    return {
        "file": take.file,
        "recording": take.recording,
        "part": take.part,
        "part_begin": round(take.part_begin, 3),
        "bytes": take.bytes,
        "seconds": round(take.seconds, 3),
        "video": msgspec.to_builtins(take.video),
        "audio": msgspec.to_builtins(take.audio),
        "packets": msgspec.to_builtins(take.packets, str_keys=True),
        "holes": take.holes,
        "reason": take.reason.value if take.reason else None,
        "error": take.error,
    }

"""What people ask of the streams of a room: start, stop, exclude, split, a marker. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...errors import ControlError
from ...ipc.control_messages import Verb
from ...ipc.worker_messages import Record, Split
from ...model import EndReason, EventType
from ...recording.sidecar import Marker
from .actions import Action, Note, Tell
from .entry import Entry
from .room import Room

_LONGEST_TEXT = 200


class Commands:
    """The buttons of the recorder."""

    def __init__(self, room: Room) -> None:
        self._room = room

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
            actions.append(Note(EventType.COMMAND, f"asked to {verb}", entry.stream))
        names = ", ".join(entry.stream for entry in entries) or "no stream"
        return f"{verb}: {names}", actions

    def marker(self, streams: Sequence[str], text: str, time: float, offset: float) -> Marker:
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
        line = " ".join(text.split())[:_LONGEST_TEXT]
        return Marker(time=time, offset=round(offset, 3), text=line, streams=names)

    def _named(self, streams: Sequence[str]) -> list[Entry]:
        entries = self._room.entries
        missing = [stream for stream in streams if stream not in entries]
        if missing:
            known = ", ".join(sorted(entries)) or "none yet"
            raise ControlError(f"no stream called {', '.join(missing)}; there are: {known}")
        return [entries[stream] for stream in streams] if streams else list(entries.values())

    def record(self, entry: Entry, now: float) -> list[Action]:
        """Have a stream recorded, whatever became of its files so far."""
        entry.start()
        peer = self._room.peers.get(entry.peer)
        if peer is None:
            return self._room.asking.want(entry, now)
        # One that is being closed is asked for again when it is closed.
        return [] if peer.closing else [Tell(peer.name, Record(entry.stream, True))]

    def _start(self, entry: Entry, now: float) -> list[Action]:
        entry.decide()
        return self.record(entry, now)

    def _stop(
        self, entry: Entry, now: float, reason: EndReason = EndReason.STOPPED
    ) -> list[Action]:
        entry.stop()
        if not entry.peer:
            return []
        others = [
            other
            for other in self._room.entries.values()
            if other.peer == entry.peer and other is not entry and other.recording
        ]
        if others:
            return [Tell(entry.peer, Record(entry.stream, False, reason))]
        return [self._room.connections.close(entry.peer, reason)]

    def _exclude(self, entry: Entry, now: float) -> list[Action]:
        actions = self._stop(entry, now, EndReason.EXCLUDED)
        entry.exclude()
        return actions

    def _split(self, entry: Entry, now: float) -> list[Action]:
        return [Tell(entry.peer, Split(entry.stream))]


def _recorded(entries: list[Entry]) -> list[Entry]:
    """Those that have a file to go on from."""
    found = [entry for entry in entries if entry.recording and entry.peer]
    if entries and not found:
        names = ", ".join(entry.stream for entry in entries)
        raise ControlError(f"not recorded, so there is no file to go on from: {names}")
    return found

"""What people ask of the streams of a room: start, stop, exclude, split, a marker. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...errors import ControlError
from ...ipc.control_messages import Verb
from ...ipc.worker_messages import Record, Split
from ...model import EndReason, EventType, Monitor
from ...recording.sidecar import Marker
from .actions import Action, Note, Tell
from .entry import Entry
from .room import Room
from .states import Wish

_LONGEST_TEXT = 200


class Commands:
    """The buttons of the recorder."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def command(self, verb: Verb, streams: Sequence[str], now: float) -> tuple[str, list[Action]]:
        """Carry out a command on some streams, or on all where none is named.

        All are then those who come, too, where those are only looked at; excluded ones are not
        started.

        Returns:
            What was done, in words, and what follows.

        Raises:
            ControlError: A stream is not there, or has no file to be split; says so.
        """
        does: dict[str, Callable[[Entry, float], list[Action]]] = {
            "start": self._start,
            "include": self._include,
            "stop": self._stop,
            "exclude": self._exclude,
            "split": self._split,
        }
        entries = self._named(streams)
        if verb == "split":
            entries = _recorded(entries)
        if verb == "start" and not streams:
            entries = [entry for entry in entries if entry.wish is not Wish.EXCLUDED]
        if verb in ("start", "stop") and not streams:
            self._room.rules.record_newcomers(verb == "start")
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
        if self._room.conditions.unwritable:
            self._room.asking.say_unwritable(entry)
            return []
        # One that is being closed is asked for again when it is closed.
        return [] if peer.closing else [Tell(peer.name, Record(entry.stream, True))]

    def _start(self, entry: Entry, now: float) -> list[Action]:
        entry.decide()
        return self.record(entry, now)

    def _include(self, entry: Entry, now: float) -> list[Action]:
        """Exclude it no more: it is what it would be if nobody had decided about it."""
        monitor = self._room.rules.monitor
        if monitor is Monitor.OFF:
            return self._start(entry, now)
        if entry.wish is not Wish.EXCLUDED:
            return []
        entry.include()
        return self._monitor(entry, now) if monitor is Monitor.CONNECTED else []

    def _monitor(self, entry: Entry, now: float) -> list[Action]:
        """Record it no more, but go on to look at it, or begin to."""
        entry.monitor()
        if not entry.peer:
            return self._room.asking.want(entry, now)
        return [Tell(entry.peer, Record(entry.stream, False, monitored=True))]

    def _stop(self, entry: Entry, now: float) -> list[Action]:
        if self._room.rules.monitor is not Monitor.CONNECTED:
            entry.stop()
            return self._end(entry, EndReason.STOPPED)
        return self._monitor(entry, now) if entry.recording else []

    def _exclude(self, entry: Entry, now: float) -> list[Action]:
        entry.stop()
        entry.exclude()
        return self._end(entry, EndReason.EXCLUDED)

    def _end(self, entry: Entry, reason: EndReason) -> list[Action]:
        """End its file, and the connection where nobody else needs it."""
        if not entry.peer:
            return []
        others = [
            other
            for other in self._room.entries.values()
            if other.peer == entry.peer and other is not entry and other.viewed
        ]
        if others:
            return [Tell(entry.peer, Record(entry.stream, False, reason))]
        return [self._room.connections.close(entry.peer, reason)]

    def _split(self, entry: Entry, now: float) -> list[Action]:
        return [Tell(entry.peer, Split(entry.stream))]


def _recorded(entries: list[Entry]) -> list[Entry]:
    """Those that have a file to go on from."""
    found = [entry for entry in entries if entry.recording and entry.peer]
    if entries and not found:
        names = ", ".join(entry.stream for entry in entries)
        raise ControlError(f"not recorded, so there is no file to go on from: {names}")
    return found

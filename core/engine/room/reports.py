"""What workers report of the streams of a room, and what follows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias

from ...ipc.worker_messages import (
    Alive,
    Closed,
    Connected,
    Found,
    Hearing,
    Hello,
    Notice,
    PublisherInfo,
    Seen,
    Status,
)
from ...model import EventLevel, EventType, SoundMeter, StandingStall, WorkerSnapshot
from .actions import Action, Note
from .rates import RateMeters
from .room import Room
from .takes import Takes
from .warnings import Warnings
from .watching import Watching

Report: TypeAlias = Alive | Closed | Connected | Found | Notice | PublisherInfo | Seen | Status
"""What is said of connections and streams; of takes it is `Takes` that hears."""


class Reports:
    """Has each part of the room hear what workers report of its streams.

    Args:
        room: Who is there.
        takes: What is written.
    """

    def __init__(self, room: Room, takes: Takes) -> None:
        self._room = room
        self._takes = takes
        self._watching = Watching(room)
        self._warnings = Warnings()
        self.meters = RateMeters()

    def adopt(self, hello: Hello, now: float, stalls: Sequence[StandingStall] = ()) -> list[Action]:
        """A worker that outlived its engine says what it holds.

        Args:
            hello: That.
            now: When.
            stalls: What stands still, as that engine told.
        """
        self._warnings.adopt(hello.streams)
        actions = self._room.connections.adopt(hello, now)
        for status in hello.streams:
            mine = [stall for stall in stalls if stall.stream == status.stream]
            self._watching.adopt(status, mine)
        return actions

    def resume(self, here: Collection[str]) -> None:
        """Go on with streams of which another engine told that they are there, by name."""
        self._room.resume(here)

    def take_back(self, hello: Hello, now: float) -> tuple[bool, list[Action]]:
        """A worker that was taken to be lost says what it holds; as `Connections.take_back`."""
        return self._room.connections.take_back(hello, now)

    def hear(self, report: Report, now: float) -> list[Action]:
        """A worker reports something."""
        match report:
            case Status():
                return self._status(report, now)
            case Connected(peer):
                return self._room.connections.connected(peer, now)
            case Closed(peer, reason, text):
                self._warnings.forget(peer)
                return self._room.closed(peer, reason, text, now)
            case Found():
                return self._room.connections.found_screen(report)
            case PublisherInfo():
                self._watching.info(report)
                return []
            case Seen():
                self._watching.seen(report)
                return []
            case Notice(stream, text, level):
                kind = EventType.ERROR if level is EventLevel.ERROR else EventType.WARNING
                return [Note(kind, text, stream, level)]
            case Alive(peer):
                return self._room.alive(peer, now)

    def heard(self, streams: Sequence[Hearing]) -> dict[str, SoundMeter]:
        """A worker tells how loud its streams are; return those of present connections."""
        return self._watching.heard(streams)

    def lost(self, peers: Sequence[str], now: float, broke: bool) -> list[Action]:
        """A worker is gone.

        Args:
            peers: The connections that it held.
            now: When.
            broke: By itself, so that one of its streams may be the reason.
        """
        for peer in peers:
            self._warnings.forget(peer)
        return self._room.worker_lost(peers, now, broke)

    def handed_over(self, peers: Sequence[str]) -> list[Action]:
        """Another engine has the worker of these connections."""
        for peer in peers:
            self._warnings.forget(peer)
        self._takes.hand_over(peers)
        return self._room.handed_over(peers)

    def tick(self, workers: Iterable[WorkerSnapshot], now: float) -> list[Action]:
        """Notice what nobody reports, and what is the matter with workers. Once a second."""
        return [
            *self._room.tick(now),
            *self._watching.tick(now),
            *self._takes.tick(now),
            *self._warnings.workers(workers, now),
        ]

    def _status(self, status: Status, now: float) -> list[Action]:
        self._takes.report(status.streams)
        present = self._watching.report(status.streams, now)
        for stream in present:
            self.meters.add(stream, now)
        return [
            *self._watching.inspect(present, now),
            *self._warnings.packets(status.streams, now),
            *self._room.moves.report(status.streams, now),
        ]

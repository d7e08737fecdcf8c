"""A room with a virtual clock and imagined surroundings."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from roomdeck.core.engine.room.actions import Action, Goodbye, Note, Open, Play, Tell
from roomdeck.core.engine.room.commands import Commands
from roomdeck.core.engine.room.entry import Entry
from roomdeck.core.engine.room.peers import Announcement
from roomdeck.core.engine.room.room import Room
from roomdeck.core.engine.room.row_state import row_state
from roomdeck.core.engine.room.rules import Rules
from roomdeck.core.engine.room.storage import Storage
from roomdeck.core.engine.room.takes import Takes
from roomdeck.core.engine.room.watching import Watching
from roomdeck.core.ipc import worker_messages
from roomdeck.core.ipc.control_messages import Verb
from roomdeck.core.model import EndReason, Monitor, StreamState, TakeSummary

FULL = "the disk is full, 5 MB are left"
CANDIDATE = ({"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"},)


def take(stream: str = "alice", file: str = "/out/a.ts", **changes: Any) -> TakeSummary:
    known = TakeSummary(stream=stream, raw_id=stream, file=file, started=1.0, offset=0.0)
    return msgspec.structs.replace(known, **changes)


class RoomLab:
    """Does to a room what its surroundings would do, and keeps what it asks for."""

    def __init__(
        self,
        only: Sequence[str] = (),
        exclude: Sequence[str] = (),
        monitor: Monitor = Monitor.OFF,
        recorded: Sequence[str] = (),
    ) -> None:
        names = itertools.count(1)
        rules = Rules(only, exclude, monitor, recorded)
        self.room = Room(rules, lambda: f"peer{next(names)}")
        self.commands = Commands(self.room)
        self.takes = Takes(self.room)
        self.watching = Watching(self.room)
        self.storage = Storage(self.room, self.commands)
        self.now = 100.0
        self.asked: list[Action] = []

    def do(self, actions: list[Action]) -> list[Action]:
        """Keep actions, and return them."""
        self.asked += actions
        return actions

    def joined(self, announces: bool = False) -> None:
        self.do(self.room.joined(self.now, announces))

    def announce(self, stream: str = "alice", uuid: str = "") -> list[Action]:
        member = Announcement(uuid or f"uuid-{stream}", stream, stream)
        return self.do(self.room.announced(member, self.now))

    def listed(self, *streams: str) -> list[Action]:
        members = [Announcement(f"uuid-{stream}", stream, stream) for stream in streams]
        return self.do(self.room.listed(members, self.now))

    def offer(
        self, stream: str = "alice", uuid: str = "", session: str | None = "s1"
    ) -> list[Action]:
        uuid = uuid or f"uuid-{stream}"
        member = Announcement(uuid, stream, stream)
        return self.do(self.room.offers.file(member, uuid, session, "sdp", (), True, self.now))

    def live(self, stream: str = "alice") -> str:
        """Announce, offer and connect; return the connection's name."""
        self.announce(stream)
        self.offer(stream)
        peer = self.entry(stream).peer
        self.do(self.room.connections.connected(peer, self.now))
        return peer

    def status(self, stream: str = "alice", peer: str = "", **changes: Any) -> None:
        status = worker_messages.StreamStatus(
            peer=peer or self.entry(stream).peer,
            stream=stream,
            wanted=True,
            take=take(stream),
            media_age=0.1,
            growth_age=0.1,
        )
        streams = [msgspec.structs.replace(status, **changes)]
        self.takes.report(streams)
        present = self.watching.report(streams, self.now)
        self.do(self.watching.inspect(present, self.now))

    def closed(self, peer: str, reason: EndReason) -> list[Action]:
        return self.do(self.room.closed(peer, reason, "", self.now))

    def command(self, verb: Verb, *streams: str) -> list[Action]:
        return self.do(self.commands.command(verb, streams, self.now)[1])

    def disk(self, why: str = "", *, full: bool = True) -> list[Action]:
        """Let the disk be as it is; why nothing can be written, or that it can."""
        return self.do(self.storage.check(why, full and bool(why), self.now))

    def wait(self, seconds: float) -> list[Action]:
        """Let time pass, a second at a time; return what is asked for meanwhile."""
        before = len(self.asked)
        for _ in range(round(seconds)):
            self.now += 1
            self.do(self.room.tick(self.now))
            self.do([*self.watching.tick(self.now), *self.takes.tick(self.now)])
        return self.asked[before:]

    def entry(self, stream: str = "alice") -> Entry:
        return self.room.entries[stream]

    def state(self, stream: str = "alice") -> StreamState:
        return row_state(self.entry(stream))


def plays(actions: Sequence[Action]) -> list[str]:
    return [action.raw_id for action in actions if isinstance(action, Play)]


def asks(actions: Sequence[Action]) -> list[tuple[str, str]]:
    """Return what is asked for, and whom alone; "" is everybody who claims it."""
    return [(action.raw_id, action.uuid) for action in actions if isinstance(action, Play)]


def goodbyes(actions: Sequence[Action]) -> list[str]:
    return [action.uuid for action in actions if isinstance(action, Goodbye)]


def opened(actions: Sequence[Action]) -> list[worker_messages.Offer]:
    return [action.offer for action in actions if isinstance(action, Open)]


def told(actions: Sequence[Action]) -> list[tuple[str, worker_messages.ToWorker]]:
    return [(action.peer, action.message) for action in actions if isinstance(action, Tell)]


def notes(actions: Sequence[Action], type_: str = "") -> list[Note]:
    return [one for one in actions if isinstance(one, Note) and type_ in ("", one.type)]


def seconds_of_plays(
    lab: RoomLab, seconds: int, act: Callable[[], None] = lambda: None
) -> list[int]:
    """Return in which of the next seconds something was asked for."""
    act()
    return [second for second in range(1, seconds + 1) if plays(lab.wait(1))]

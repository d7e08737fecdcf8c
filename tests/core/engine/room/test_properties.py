"""Whatever happens in a room, in whatever order, it keeps its promises."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.engine.room.entry import Entry
from roomdeck.core.engine.room.row_state import row_state
from roomdeck.core.engine.room.states import Phase
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import SCREEN_SHARE, EndReason

from .room_lab import CANDIDATE, FULL, RoomLab, asks, opened, take, told

STREAMS = ("alice", "bob", "alice-screen")
UUIDS = ("u1", "u2", "u3")
Step = Callable[[RoomLab, str, str, int], None]


def _announce(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.announce(stream, uuid)


def _offer(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.offer(stream, uuid, (None, "s1", "s2")[number % 3])


def _nameless_offer(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.do(lab.room.offers.file(None, uuid, "s1", "sdp", (1,), False, lab.now))


def _candidates(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.do(lab.room.connections.candidates(uuid, (None, "s1")[number % 2], CANDIDATE, lab.now))


def _connected(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.do(lab.room.connections.connected(_peer(lab, number), lab.now))


def _alive(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.do(lab.room.alive(_peer(lab, number), lab.now))


def _closed(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    reasons = (EndReason.BYE, EndReason.VANISHED, EndReason.REPLACED, EndReason.STOPPED)
    lab.closed(_peer(lab, number), reasons[number % 4])


def _worker_lost(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.do(lab.room.worker_lost(list(lab.room.peers)[: number % 3], lab.now))


def _found(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    """A screen share, under the name that workers give it."""
    peer = lab.room.peers.get(name := _peer(lab, number))
    screen = (peer.stream if peer else "alice") + SCREEN_SHARE
    lab.do(lab.room.connections.found_screen(worker_messages.Found(name, screen)))


def _status(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    age = (None, 0.1, 20.0)[number % 3]
    lab.status(_stream(lab, number), peer=_peer(lab, number), media_age=age)


def _take(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.do(lab.takes.started(_peer(lab, number), take(stream, str(number))))


def _take_end(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    reason = (EndReason.BYE, EndReason.WRITE_ERROR, EndReason.SHARE)[number % 3]
    lab.do(lab.takes.ended(take(stream, str(number), reason=reason), lab.now))


def _command(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    verb = ("start", "stop", "exclude", "include", "split")[number % 5]
    try:
        lab.command(verb, *([stream] if number % 3 else []))
    except ControlError:
        assert stream not in lab.room.entries or verb == "split"


def _disk(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.disk(("", FULL, "the disk is gone")[number % 3], full=number % 3 == 1)


def _link(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    if number % 2:
        lab.do(lab.room.disconnected())
    else:
        lab.joined(lab.room.conditions.announces)


def _left(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    room = lab.room
    said = (lambda: room.left(uuid), lambda: room.moved(uuid))
    said += (lambda: room.removed(uuid, stream, lab.now),)
    lab.do(said[number % 3]())


def _listed(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.listed(*STREAMS[: number % 4])


def _wait(lab: RoomLab, stream: str, uuid: str, number: int) -> None:
    lab.wait(number % 20)


STEPS: tuple[Step, ...] = (
    *(
        _announce,
        _offer,
        _offer,
        _nameless_offer,
        _candidates,
        _connected,
        _connected,
        _closed,
        _alive,
    ),
    *(_worker_lost, _found, _status, _take, _take_end, _command, _disk, _link, _left, _listed),
    *(_wait, _wait),
)


def _peer(lab: RoomLab, number: int) -> str:
    peers = [*lab.room.peers, "unknown"]
    return peers[number % len(peers)]


def _stream(lab: RoomLab, number: int) -> str:
    return STREAMS[number % len(STREAMS)]


_step = st.tuples(
    st.sampled_from(STEPS),
    st.sampled_from(STREAMS),
    st.sampled_from(UUIDS),
    st.integers(0, 59),
)


@settings(max_examples=400)
@given(st.lists(_step, max_size=60), st.booleans())
def test_a_room_keeps_its_promises(
    steps: list[tuple[Step, str, str, int]], announces: bool
) -> None:
    lab = RoomLab()
    lab.joined(announces)
    for step, stream, uuid, number in steps:
        before = len(lab.asked)
        busy = {name for name, entry in lab.room.entries.items() if entry.peer}
        recorded = _recorded(lab)
        step(lab, stream, uuid, number)
        _check(lab)
        done = lab.asked[before:]
        if step in (_announce, _offer, _nameless_offer):
            harmed = {peer: who for peer, who in recorded.items() if who != uuid}
            closed = {
                to for to, message in told(done) if isinstance(message, worker_messages.Close)
            }
            assert not closed & harmed.keys(), "ended for somebody else"
            assert harmed.items() <= _recorded(lab).items(), "replaced by somebody else"
        for asked, whom in asks(done):
            entry = _asked(lab, asked, whom)
            assert entry.recording, "asked for what nobody wants"
            # Somebody who announces its name is asked, and gets a row beside it.
            claimed = step in (_announce, _listed)
            assert claimed or not entry.parent, "asked for a screen share"
            assert not lab.room.conditions.unwritable, "asked for what cannot be written"
            other = step in (_closed, _worker_lost, _announce, _listed)
            other |= whom not in ("", *recorded.values())
            assert other or asked not in busy, "asked for what has a connection"
        assert all(offer.peer in lab.room.peers for offer in opened(done))


def _asked(lab: RoomLab, raw_id: str, whom: str) -> Entry:
    """Return the row that was asked for, which need not be called by the id that it gives."""
    rows = (entry for entry in lab.room.entries.values() if entry.id == raw_id)
    return max(rows, key=lambda entry: (entry.uuid == whom, entry.plays.last_at))


def _recorded(lab: RoomLab) -> dict[str, str]:
    """Return whose the connections are that have rows."""
    return {
        entry.peer: lab.room.peers[entry.peer].uuid
        for entry in lab.room.entries.values()
        if entry.peer and entry.announced
    }


def _check(lab: RoomLab) -> None:
    room = lab.room
    for entry in room.entries.values():
        assert (entry.peer in room.peers) is bool(entry.peer)
        assert bool(entry.peer) is (entry.phase in (Phase.CONNECTING, Phase.LIVE))
        if entry.peer:
            assert room.peers[entry.peer].stream == (entry.parent or entry.stream)
        assert row_state(entry)
    # Connections that are nobody's any more are being closed.
    owned = {entry.peer for entry in room.entries.values()}
    assert all(peer.closing for name, peer in room.peers.items() if name not in owned)
    assert len({peer.stream for peer in room.peers.values() if not peer.closing}) == sum(
        not peer.closing for peer in room.peers.values()
    )
    connected = {peer.uuid for peer in room.peers.values()}
    assert {uuid for uuid in UUIDS if room.is_connected(uuid)} == connected & {*UUIDS}
    assert lab.takes.failed <= lab.takes.done

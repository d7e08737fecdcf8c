"""Streams that are looked at, and not recorded until somebody says so."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomdeck.core.config import EVERYBODY
from roomdeck.core.engine.room.alarms.watch import AlarmWatch
from roomdeck.core.engine.room.rates import RateMeters
from roomdeck.core.engine.room.snapshot import stream_snapshots
from roomdeck.core.ipc import worker_messages
from roomdeck.core.ipc.worker_messages import PeerInfo, Record, StreamStatus
from roomdeck.core.model import (
    AlarmKind,
    AudioSummary,
    Codec,
    EndReason,
    Kind,
    Monitor,
    PictureMeter,
    RoomSnapshot,
    SignalingState,
    Stall,
    StreamSnapshot,
    StreamState,
    TrackAges,
    TrackStats,
    VideoSummary,
)

from .room_lab import FULL, RoomLab, opened, plays, take, told

LOOKED_AT: dict[str, Any] = {"wanted": False, "monitored": True, "take": None, "growth_age": None}
LOOK = Record("alice", False, monitored=True)


def looking(monitor: Monitor = Monitor.CONNECTED, *recorded: str, exclude: str = "") -> RoomLab:
    lab = RoomLab(exclude=(exclude,) if exclude else (), monitor=monitor, recorded=recorded)
    lab.joined()
    return lab


def row(lab: RoomLab, stream: str = "alice") -> StreamSnapshot:
    rows = stream_snapshots(lab.room.entries, RateMeters(), {lab.entry(stream).peer: 1})
    return next(one for one in rows if one.stream == stream)


def comes(seconds: int, age: float = 0.1) -> dict[str, Any]:
    stats = TrackStats(received=50 * seconds, frames=25 * seconds)
    return {"tracks": {Kind.VIDEO: stats}, "ages": {Kind.VIDEO: TrackAges(age)}, "media_age": age}


# ── connected ────────────────────────────────────────────────────────────────────────────


def test_who_comes_is_connected_and_not_recorded() -> None:
    lab = looking()
    assert plays(lab.announce()) == ["alice"]
    (offer,) = opened(lab.offer())
    assert not offer.wanted
    lab.do(lab.room.connections.connected(offer.peer, lab.now))
    lab.status(**LOOKED_AT, video=VideoSummary(Codec.VP8, 640, 360, 9))
    assert lab.state() is StreamState.LIVE
    seen = row(lab)
    assert (seen.wanted, seen.file, seen.bytes) == (False, "", 0)
    assert seen.video == VideoSummary(Codec.VP8, 640, 360, 9)
    assert "r records it" in seen.reason


def test_r_records_it_and_s_looks_at_it_again() -> None:
    lab = looking()
    peer = lab.live()
    lab.status(**LOOKED_AT)
    assert told(lab.command("start", "alice")) == [(peer, Record("alice", True))]
    lab.status(**LOOKED_AT)
    assert lab.state() is StreamState.WAIT
    lab.status()
    assert lab.state() is StreamState.REC
    assert told(lab.command("stop", "alice")) == [(peer, LOOK)]
    assert lab.state() is StreamState.SAVE
    lab.do(lab.takes.ended(take(reason=EndReason.STOPPED), lab.now))
    lab.status(**LOOKED_AT)
    assert (lab.state(), lab.entry().peer) == (StreamState.LIVE, peer)


def test_who_leaves_and_comes_back_is_what_somebody_decided() -> None:
    lab = looking()
    peer = lab.live()
    lab.command("start", "alice")
    lab.closed(peer, EndReason.BYE)
    lab.live()
    assert lab.entry().recording
    lab.command("stop", "alice")
    lab.closed(lab.entry().peer, EndReason.WORKER_LOST)
    assert plays(lab.wait(5))
    (offer,) = opened(lab.offer(session="s2"))
    assert not offer.wanted


def test_all_is_those_who_come_too_until_all_is_stopped() -> None:
    lab = looking(exclude="zoe")
    peer = lab.live()
    lab.announce("zoe")
    assert told(lab.command("start")) == [(peer, Record("alice", True))]
    assert lab.state("zoe") is StreamState.SKIP
    lab.announce("bob")
    assert opened(lab.offer("bob"))[0].wanted
    assert lab.room.recorded() == (EVERYBODY, "alice", "bob")
    lab.command("stop")
    lab.announce("carol")
    assert not opened(lab.offer("carol"))[0].wanted
    assert lab.room.recorded() == ()


def test_excluded_ones_are_left_alone_and_only_looked_at_when_included() -> None:
    lab = looking()
    peer = lab.live()
    lab.status(**LOOKED_AT)
    assert told(lab.command("exclude", "alice")) == [
        (peer, worker_messages.Close(peer, EndReason.EXCLUDED))
    ]
    lab.closed(peer, EndReason.EXCLUDED)
    assert lab.state() is StreamState.SKIP
    assert told(lab.command("stop", "alice")) == []
    assert lab.state() is StreamState.SKIP
    assert plays(lab.command("include", "alice")) == ["alice"]
    assert not opened(lab.offer(session="s2"))[0].wanted


def test_a_screen_is_a_stream_of_its_own() -> None:
    lab = looking()
    peer = lab.live()
    lab.command("start", "alice")
    actions = lab.room.connections.found_screen(worker_messages.Found(peer, "alice-screen"))
    assert told(actions) == [(peer, Record("alice-screen", False, monitored=True))]


def test_a_full_disk_keeps_nobody_from_looking() -> None:
    lab = looking()
    lab.disk(FULL)
    peer = lab.live()
    lab.status(**LOOKED_AT)
    assert lab.state() is StreamState.LIVE
    assert told(lab.command("start", "alice")) == []
    assert (lab.state(), row(lab).reason) == (StreamState.FAIL, FULL)
    assert told(lab.disk()) == [(peer, Record("alice", True))]


# ── what is wrong with it ────────────────────────────────────────────────────────────────


def test_that_it_is_not_written_is_no_stall_but_that_nothing_comes_is() -> None:
    lab = looking()
    lab.live()
    for second in range(1, 20):
        lab.now += 1
        lab.status(**LOOKED_AT, **comes(second))
        assert lab.state() is StreamState.LIVE
    for second in range(1, 10):
        lab.now += 1
        lab.status(**LOOKED_AT, **comes(19, age=float(second)), heard_age=0.1)
    assert lab.state() is StreamState.STALL
    assert row(lab).stalls == (Stall.PICTURE,)
    assert not row(lab).wanted
    for second in range(20, 26):
        lab.now += 1
        lab.status(**LOOKED_AT, **comes(second))
    assert lab.state() is StreamState.LIVE


def test_alarms_are_raised_before_anything_is_recorded() -> None:
    lab = looking()
    lab.live()
    lab.status(**LOOKED_AT, **comes(1), audio=AudioSummary(Codec.OPUS, 9))
    black = msgspec.structs.replace(row(lab), picture=PictureMeter(black=30.0))
    room = RoomSnapshot(
        version=1,
        time=0.0,
        room="lab",
        server="",
        link=SignalingState.JOINED,
        started=0.0,
        streams=(black,),
    )
    notes = AlarmWatch().look(room, "", 100.0)
    assert [note.data["alarm"] for note in notes] == [AlarmKind.BLACK]


# ── only listed ──────────────────────────────────────────────────────────────────────────


def test_who_is_only_listed_has_no_connection_until_it_is_recorded() -> None:
    lab = looking(Monitor.LISTED)
    assert plays(lab.announce()) == []
    assert opened(lab.offer()) == []
    assert lab.state() is StreamState.OFF
    assert "r connects and records it" in row(lab).reason
    assert plays(lab.command("start", "alice")) == ["alice"]
    assert opened(lab.offer(session="s2"))[0].wanted
    peer = lab.entry().peer
    assert told(lab.command("stop", "alice")) == [
        (peer, worker_messages.Close(peer, EndReason.STOPPED))
    ]
    lab.command("exclude", "alice")
    assert plays(lab.command("include", "alice")) == []
    assert lab.state() is StreamState.OFF


# ── after the end of an engine ───────────────────────────────────────────────────────────


def hello(*statuses: StreamStatus) -> worker_messages.Hello:
    peers = tuple(
        PeerInfo(
            peer=one.peer,
            stream=one.stream,
            raw_id=one.stream,
            uuid=f"uuid-{one.stream}",
            session="s",
            connected=True,
        )
        for one in statuses
    )
    return worker_messages.Hello(worker=1, pid=1, peers=peers, streams=statuses)


RECORDED = StreamStatus(peer="p1", stream="alice", wanted=True, media_age=0.1)
MONITORED = StreamStatus(peer="p2", stream="bob", wanted=False, monitored=True, media_age=0.1)


@pytest.mark.parametrize("recorded", [(), ("alice",), (EVERYBODY, "alice")])
def test_an_heir_leaves_everything_as_it_is(recorded: tuple[str, ...]) -> None:
    lab = looking(Monitor.CONNECTED, *recorded)
    assert told(lab.do(lab.room.connections.adopt(hello(RECORDED, MONITORED), lab.now))) == []
    assert lab.entry("alice").recording
    assert lab.state("bob") is StreamState.LIVE
    lab.announce("carol")
    assert opened(lab.offer("carol"))[0].wanted is (EVERYBODY in recorded)


def test_an_heir_knows_who_was_to_be_recorded_and_is_away() -> None:
    lab = looking(Monitor.CONNECTED, "alice")
    lab.announce()
    assert opened(lab.offer())[0].wanted


def test_an_engine_that_records_all_records_what_another_only_looked_at() -> None:
    lab = looking(Monitor.OFF)
    assert told(lab.do(lab.room.connections.adopt(hello(RECORDED, MONITORED), lab.now))) == [
        ("p2", Record("bob", True))
    ]

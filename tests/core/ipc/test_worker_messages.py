from __future__ import annotations

import pytest

from roomdeck.core.config import IceConfig, TurnServer
from roomdeck.core.errors import ProtocolError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import Codec, EndReason, Kind, PacketCounts, TakeSummary, TrackStats

from ..sessions import session

TAKE = TakeSummary(
    stream="alice",
    raw_id="alice12",
    file="/out/a.ts",
    started=1.5,
    offset=0.5,
    packets={Kind.VIDEO: PacketCounts(1, 2, 3, 4)},
    reason=EndReason.BYE,
)
STATUS = worker_messages.StreamStatus(
    peer="p", stream="alice", wanted=True, take=TAKE, tracks={Kind.AUDIO: TrackStats(plis=3)}
)
SESSION = session()
SETTINGS = worker_messages.Settings(
    session=SESSION,
    key="00ff",
    ice=IceConfig("stun:x", TurnServer("turn:y", "u", "p")),
    codec=Codec.VP9,
)
PEER = worker_messages.PeerInfo(peer="p", stream="alice", raw_id="alice12", uuid="u", session=None)
TO_WORKER: tuple[worker_messages.ToWorker, ...] = (
    worker_messages.Setup(SETTINGS),
    worker_messages.Offer(
        peer="p", stream="a", raw_id="a1", uuid="u", session="s", sdp="v=0", screen=(2, 3)
    ),
    worker_messages.Candidates("p", ({"candidate": "candidate:1", "sdpMLineIndex": 0},)),
    worker_messages.Record("a", False, EndReason.DISK_FULL),
    worker_messages.Split("a"),
    worker_messages.Close("p", EndReason.REPLACED),
    worker_messages.Acknowledge(("/out/a.ts",)),
    worker_messages.Shutdown(),
)
FROM_WORKER: tuple[worker_messages.FromWorker, ...] = (
    worker_messages.Hello(
        worker=1,
        pid=2,
        settings=SETTINGS,
        peers=(PEER,),
        streams=(STATUS,),
        ended=(worker_messages.Ended(TAKE, 5.0),),
        left=(worker_messages.Left("bob", EndReason.BYE, "left", 4.0),),
    ),
    worker_messages.Answer("p", "v=0", ({"candidate": "candidate:1"},)),
    worker_messages.Connected("p"),
    worker_messages.Closed("p", EndReason.VANISHED, "no media"),
    worker_messages.Found("p", "alice-screen"),
    worker_messages.PublisherInfo("p", "Alice", muted=False),
    worker_messages.TakeStart("p", TAKE),
    worker_messages.TakeEnd("p", TAKE),
    worker_messages.Notice("alice", "hm"),
    worker_messages.Status((STATUS,)),
)


@pytest.mark.parametrize("message", TO_WORKER, ids=lambda one: type(one).__name__)
def test_what_an_engine_says_arrives(message: worker_messages.ToWorker) -> None:
    assert worker_messages.decode_to_worker(worker_messages.encode(message)) == message


@pytest.mark.parametrize("message", FROM_WORKER, ids=lambda one: type(one).__name__)
def test_what_a_worker_says_arrives(message: worker_messages.FromWorker) -> None:
    assert worker_messages.decode_from_worker(worker_messages.encode(message)) == message


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type":"offer"}',
        '{"type":"x"}',
        b"\xff",
        '{"type":"split","stream":1}',
    ],
)
def test_junk_is_refused(junk: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        worker_messages.decode_to_worker(junk)
    with pytest.raises(ProtocolError):
        worker_messages.decode_from_worker(junk)

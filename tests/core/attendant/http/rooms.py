"""Rooms to be told of."""

from __future__ import annotations

from typing import Any

from roomdeck.core.model import (
    Alarm,
    AlarmKind,
    AudioSummary,
    ClusterSnapshot,
    Codec,
    DiskSnapshot,
    Event,
    Kind,
    NodeClock,
    NodeSnapshot,
    NodeState,
    PictureMeter,
    ReceivePath,
    RoomSnapshot,
    SignalingState,
    SoundMeter,
    Stall,
    StreamSnapshot,
    StreamState,
    TrackStats,
    UploadsSnapshot,
    VideoSummary,
    WorkerSnapshot,
)


def stream(name: str, **known: Any) -> StreamSnapshot:
    made: dict[str, Any] = {"stream": name, "state": StreamState.REC}
    return StreamSnapshot(**made | known)


def sending(name: str, packets: int, **known: Any) -> StreamSnapshot:
    """One of whose picture so many packets came."""
    stats = TrackStats(expected=packets, received=packets, frames=packets // 2, bytes=packets * 100)
    return stream(name, tracks={Kind.VIDEO: stats}, **known)


def full(name: str) -> StreamSnapshot:
    """One of whom all is known."""
    return sending(
        name,
        1000,
        label="Alice",
        video=VideoSummary(Codec.H264, 1280, 720, 500),
        audio=AudioSummary(Codec.OPUS, 500, 2),
        fps=30.0,
        loss=0.01,
        jitter=0.004,
        round_trip=0.03,
        sound=SoundMeter(level=-20.5, peak=-3.0, clipped=12.0, silent=0.0),
        picture=PictureMeter(black=0.0, frozen=2.0),
        alarms=(Alarm(kind=AlarmKind.LOSS, text="packets are lost", seconds=3.0, stream=name),),
        bytes=12345,
        seconds=6.0,
        takes=2,
        stalls=(Stall.SOUND,),
        media_age=0.1,
        growth_age=0.2,
        held=3.0,
        drops=3,
    )


CLUSTER = ClusterSnapshot(
    nodes=(
        NodeSnapshot(
            name="box1",
            host="10.0.0.1",
            cores=4,
            workers=1,
            streams=2,
            cpu=0.5,
            memory=80,
            disk=DiskSnapshot(free=700, seconds_left=30.0, total=9000),
            clock=NodeClock(offset=-1.5, error=0.002, drift=1e-5, round_trip=0.001),
        ),
        NodeSnapshot(name="box2", host="10.0.0.2", state=NodeState.UNREACHABLE),
    )
)


def festival() -> RoomSnapshot:
    """A room that is recorded on two nodes, of one of which little is known."""
    worker = WorkerSnapshot(number=1, pid=2, node="box1", late=0.2, path=ReceivePath.FAST)
    return room(full("alice"), cluster=CLUSTER, workers=(worker,))


def room(*streams: StreamSnapshot, **known: Any) -> RoomSnapshot:
    made: dict[str, Any] = {
        "version": 1,
        "time": 1000.0,
        "room": "stage",
        "server": "wss://handshake.example.org",
        "link": SignalingState.JOINED,
        "started": 900.0,
        "elapsed": 100.0,
        "streams": streams,
        "disk": DiskSnapshot(free=2000, seconds_left=60.0, total=9000, floor=300),
        "sidecar": "/rec/stage_20261128-164716.json",
        "workers": (WorkerSnapshot(number=1, pid=2, late=0.2, path=ReceivePath.FAST),),
        "alarms": (Alarm(kind=AlarmKind.MISSING, text="bob is not here", seconds=1.0),),
        "uploads": UploadsSnapshot(waiting=2, waiting_bytes=50, done=3, done_bytes=70),
    }
    return RoomSnapshot(**made | known)


def event(kind: str, stream: str = "", seq: int = 1, **data: Any) -> Event:
    return Event(seq=seq, time=1000.0, type=kind, stream=stream, data=data)

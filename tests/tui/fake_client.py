"""Rooms made by hand, and a client that shows them without an engine.

The clock stands: the room began an hour before `NOW`, and nothing depends on when or where
a test runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from roomdeck.core.errors import ControlError
from roomdeck.core.model import (
    STILL,
    AudioSummary,
    Codec,
    DiskSnapshot,
    Event,
    EventLevel,
    Kind,
    Picture,
    ReceivePath,
    RoomSnapshot,
    SignalingState,
    Size,
    SoundMeter,
    StreamSnapshot,
    StreamState,
    TrackStats,
    VideoSummary,
    WorkerSnapshot,
)

NOW = datetime(2026, 8, 22, 19, 41, 2).timestamp()
"""Twenty to eight in the evening wherever the test runs."""
ELAPSED = 2537.0
"""Seconds that the session is old at `NOW`."""
FOLDER = "/srv/rec/2026-08-22_studio-7"
Command = tuple[str, tuple[str, ...], str]
"""Verb, streams, text."""

_RECORDED = (StreamState.REC, StreamState.STALL, StreamState.SAVE)


def stream(name: str, state: StreamState = StreamState.REC, **changes: Any) -> StreamSnapshot:
    """Return a stream; what a state implies is filled in, ``changes`` replace it."""
    plain = StreamSnapshot(stream=name, state=state, worker=1)
    if state in _RECORDED:
        plain = _recorded(plain)
    elif state is StreamState.WAIT:
        plain = msgspec.structs.replace(plain, reason="connected; no key frame yet")
    return msgspec.structs.replace(plain, **changes)


def _recorded(plain: StreamSnapshot) -> StreamSnapshot:
    return msgspec.structs.replace(
        plain,
        video=video(Codec.H264, 1920, 1080),
        audio=AudioSummary(Codec.OPUS, 125_000),
        fps=30.0,
        bitrate=4_120_000.0,
        jitter=0.006,
        round_trip=0.018,
        sound=SoundMeter(level=-40, peak=-30),
        file=f"{FOLDER}/studio-7_{plain.stream}_20260822T185902.ts",
        bytes=1_240_000_000,
        seconds=2518.0,
        takes=1,
        tracks={
            Kind.VIDEO: TrackStats(expected=75_461, received=75_461, frames=75_461, key_frames=40),
            Kind.AUDIO: TrackStats(expected=125_000, received=125_000),
        },
        media_age=0.02,
        growth_age=0.4,
    )


def video(codec: Codec, width: int, height: int) -> VideoSummary:
    """Return the video of a take."""
    return VideoSummary(codec, width, height, 75_461)


def room(*streams: StreamSnapshot, version: int = 1, **changes: Any) -> RoomSnapshot:
    """Return a joined room with these streams."""
    plain = RoomSnapshot(
        version=version,
        time=NOW,
        room="studio-7",
        server="ws://127.0.0.1:8443",
        link=SignalingState.JOINED,
        started=NOW - ELAPSED,
        elapsed=ELAPSED,
        streams=streams,
        disk=DiskSnapshot(free=212_000_000_000, seconds_left=33_000.0),
        output=FOLDER,
        sidecar=f"{FOLDER}/studio-7.json",
        workers=(worker(),),
    )
    return msgspec.structs.replace(plain, **changes)


def worker(number: int = 1, **changes: Any) -> WorkerSnapshot:
    """Return a worker that has little to do."""
    plain = WorkerSnapshot(
        number=number,
        pid=4000 + number,
        streams=4,
        cpu=0.0523,
        late=0.012,
        memory=79_300_000,
        path=ReceivePath.FAST,
    )
    return msgspec.structs.replace(plain, **changes)


def studio() -> RoomSnapshot:
    """Return a room in which every state occurs."""
    small: dict[str, Any] = {"bitrate": 2_510_000.0, "bytes": 812_000_000, "seconds": 2517.0}
    return room(
        stream("anna", label="Anna · camera 1"),
        stream("ben", label="Ben", video=video(Codec.VP8, 1280, 720), loss=0.004, **small),
        stream(
            "guest_7f2a",
            StreamState.STALL,
            video=video(Codec.VP8, 640, 360),
            reason="no media arrives, or the file does not grow",
            bitrate=0.0,
            loss=0.382,
            bytes=96_400_000,
            seconds=432.0,
            media_age=3.4,
        ),
        stream("ben-screen", StreamState.WAIT, label="Ben"),
        stream("director", StreamState.SKIP, reason="excluded by the rule director*"),
        stream(
            "lena_phone",
            StreamState.FAIL,
            label="Lena · phone",
            reason="disk I/O error",
            file=f"{FOLDER}/studio-7_lena_phone_20260822T193831.mkv",
        ),
        stream("mira", StreamState.OFF, label="Mira", reason="stopped by hand"),
        stream("kai", StreamState.SAVE, label="Kai", bytes=7_300_000, seconds=61.0),
        stream(
            "omar",
            StreamState.DONE,
            label="Omar",
            file=f"{FOLDER}/studio-7_omar_20260822T191919.ts",
        ),
        takes_done=1,
        takes_failed=1,
    )


def event(
    seq: int, type_: str, text: str, stream: str = "", level: str = "info", **changes: Any
) -> Event:
    """Return an event; a later number is later by a second."""
    ago = 100 - seq
    plain = Event(
        seq=seq,
        time=NOW - ago,
        elapsed=ELAPSED - ago,
        type=type_,
        stream=stream,
        level=EventLevel(level),
        text=text,
    )
    return msgspec.structs.replace(plain, **changes)


def studio_events() -> list[Event]:
    """Return what happened in `studio` so far."""
    file = f"{FOLDER}/studio-7_lena_phone_20260822T193831.mkv"
    return [
        event(1, "engine.start", "recording studio-7"),
        event(2, "link.joined", "in the room (routed server)"),
        event(3, "stream.join", "is in the room", "anna"),
        event(4, "take.start", f"recording to {FOLDER}/studio-7_anna_20260822T185902.ts", "anna"),
        event(5, "warning", "no media for 3 s", "guest_7f2a", level="warning"),
        event(
            6,
            "take.end",
            f"{file} ended: disk I/O error",
            "lena_phone",
            level="error",
            data={
                "file": file,
                "bytes": 44_100_000,
                "seconds": 151.0,
                "holes": 0,
                "reason": "write-error",
                "error": "disk I/O error",
            },
        ),
    ]


class FakeClient:
    """Stands in for a `ControlClient`: shows what it is given, remembers what it is asked."""

    def __init__(self, *updates: RoomSnapshot | Event) -> None:
        self.commands: list[Command] = []
        self.stills: list[str] = []
        self.refusal = ""
        """Why every command is refused; empty: they are carried out."""
        self.picture: Picture | None = None
        self.on_command: Callable[[str, tuple[str, ...]], None] = lambda verb, streams: None
        """Called with each command; may `show` what came of it."""
        self.hear: Callable[[Mapping[str, SoundMeter]], None] = lambda streams: None
        """Tells the dashboard how loud streams are."""
        self._updates: asyncio.Queue[RoomSnapshot | Event | None] = asyncio.Queue()
        self.show(*updates)

    def show(self, *updates: RoomSnapshot | Event) -> None:
        """Send snapshots and events, as an engine would."""
        for update in updates:
            self._updates.put_nowait(update)

    def leave(self) -> None:
        """Go away, as an engine that ends or dies."""
        self._updates.put_nowait(None)

    async def command(self, verb: str, streams: tuple[str, ...] = (), text: str = "") -> str:
        """Take a command.

        Raises:
            ControlError: The test wants it refused.
        """
        self.commands.append((verb, streams, text))
        if self.refusal:
            raise ControlError(self.refusal)
        self.on_command(verb, streams)
        return f"{verb}: {', '.join(streams) or 'everything'}"

    async def still(self, stream: str, size: Size = STILL) -> Picture | None:
        """Return the picture of the test."""
        self.stills.append(stream)
        return self.picture

    async def listen(self, heard: Callable[[Mapping[str, SoundMeter]], None]) -> None:
        """Let the test say how loud streams are, by `hear`."""
        self.hear = heard

    async def updates(self) -> AsyncIterator[RoomSnapshot | Event]:
        """Yield what was shown until it leaves."""
        while (update := await self._updates.get()) is not None:
            yield update

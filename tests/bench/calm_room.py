"""A calm room with many streams."""

from __future__ import annotations

import asyncio
import itertools
import random
import time

from roomdeck.core.config import RoomConfig
from roomdeck.core.model import (
    AudioSummary,
    Codec,
    DiskSnapshot,
    Kind,
    ReceivePath,
    RoomSnapshot,
    SignalingState,
    SoundMeter,
    StreamSnapshot,
    StreamState,
    TrackStats,
    VideoSummary,
    WorkerSnapshot,
)

from ..tui.fake_engine import FakeEngine

ROOM = RoomConfig(room="calm", server="ws://127.0.0.1:1")
_PAST = 90
_OUTPUT = "/srv/rec/calm"
_CODECS = (Codec.H264, Codec.VP8, Codec.VP9, Codec.AV1)


def calm(streams: int, second: int, now: float) -> RoomSnapshot:
    """Return the room after some seconds: every stream is recorded and a little different."""
    chance = random.Random(second)
    rows = tuple(_stream(number, second, chance) for number in range(streams))
    return RoomSnapshot(
        version=second + 1,
        time=now,
        room=ROOM.room,
        server=ROOM.server,
        link=SignalingState.JOINED,
        started=now - 600 - second,
        elapsed=600.0 + second,
        streams=rows,
        disk=DiskSnapshot(212_000_000_000 - second * 10_000_000, 33_000.0 - second),
        output=_OUTPUT,
        workers=tuple(_worker(number, streams // 2) for number in range(2)),
    )


def _worker(number: int, streams: int) -> WorkerSnapshot:
    return WorkerSnapshot(
        number=number,
        pid=4000 + number,
        streams=streams,
        cpu=0.007 * streams,
        late=0.004,
        memory=80_000_000,
        path=ReceivePath.FAST,
    )


def _stream(number: int, second: int, chance: random.Random) -> StreamSnapshot:
    rate = (1 + number % 4) * 1_000_000 * chance.uniform(0.85, 1.15)
    seconds = 600.0 + second - number
    frames = int(seconds * 30)
    return StreamSnapshot(
        stream=f"guest_{number:02}",
        label=f"Guest {number}",
        state=StreamState.REC,
        video=VideoSummary(_CODECS[number % 4], 1280, 720, frames),
        audio=AudioSummary(Codec.OPUS, int(seconds * 50)),
        fps=30.0 + chance.uniform(-0.4, 0.4),
        bitrate=rate,
        loss=0.001 if chance.random() < 0.05 else 0.0,
        jitter=chance.uniform(0.002, 0.008),
        round_trip=0.02,
        sound=_sound(chance),
        file=f"{_OUTPUT}/calm_guest_{number:02}_20260822T190000.mkv",
        bytes=int(seconds * (1 + number % 4) * 125_000 + chance.randint(0, 9_000)),
        seconds=seconds,
        takes=1,
        worker=number % 2,
        tracks={Kind.VIDEO: TrackStats(expected=frames * 5, received=frames * 5, frames=frames)},
        media_age=0.02,
        growth_age=0.5,
    )


def _sound(chance: random.Random) -> SoundMeter:
    level = -chance.uniform(15, 60)
    return SoundMeter(level=round(level, 1), peak=round(level + 6, 1))


def _heard(streams: int, half: int) -> dict[str, SoundMeter]:
    chance = random.Random(half)
    return {f"guest_{number:02}": _sound(chance) for number in range(streams)}


async def show_calm(engine: FakeEngine, streams: int) -> None:
    """Show a calm room once a second, and how loud it is twice, for ever.

    The first minute and a half is gone through at once, so that graphs are full.
    """
    for past in range(_PAST):
        engine.show(calm(streams, past, time.time() - _PAST + past))
        await asyncio.sleep(0.03)
    for second in itertools.count(_PAST):
        engine.show(calm(streams, second, time.time()))
        for half in range(2):
            await asyncio.sleep(0.4 if half else 0.1)
            engine.server.hear(_heard(streams, 2 * second + half))
        await asyncio.sleep(0.5)

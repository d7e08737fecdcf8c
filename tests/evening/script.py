"""An evening of troubles, one after the other and some at the same time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.control_messages import Verb
from roomdeck.core.model import AlarmKind, Codec, EventType, Kind

from ..e2e.gstreamer.publisher import GStreamerPublisher, available, gstreamer
from .box import Box
from .troubles import Diary

GUESTS = {
    "alice": Codec.H264,
    "bob": Codec.VP8,
    "carol": Codec.H264,
    "dave": Codec.VP8,
    "erin": Codec.H264,
    "frank": Codec.VP8,
    "greta": Codec.H264,
}
WHILE = 3.0
"""Seconds for which an alarm stands."""
MEGABYTES = 400
"""Of the disk."""


@asynccontextmanager
async def guests(box: Box) -> AsyncGenerator[None]:
    """Have everybody come.

    Packets of bob and dave do not say how loud they are, carol is mono, erin's microphone is muted
    and her camera off, and a native publisher is there where there can be.
    """
    for name in ("bob", "dave"):
        box.mood(name).levels = False
    for name, codec in GUESTS.items():
        box.guest(name, codec=codec, channels=1 if name == "carol" else 2)
    async with AsyncExitStack() as stack:
        names = [*GUESTS]
        if available():
            box.native = await stack.enter_async_context(
                gstreamer(box.room(), "pi", box.sent("pi"), Codec.VP8)
            )
            names.append("pi")
        await box.recorded(*names)
        box.guests["erin"].mute()
        box.guests["erin"].hide_camera()
        box.mood("erin").silent = box.mood("erin").black = True
        yield


async def calm(diary: Diary, seconds: float) -> None:
    """Have nothing go wrong for so long."""
    await asyncio.sleep(seconds)
    await tell(diary.box, "shutdown")


async def play(diary: Diary, disk: bool) -> None:
    """Play all of it."""
    # Who leaves just after the server came back may be a page that was loaded again.
    await left_and_back(diary)
    await asyncio.gather(
        clipped(diary),
        silent(diary),
        black(diary),
        frozen(diary),
        server_gone(diary),
        *([silent_native(diary, diary.box.native)] if diary.box.native else []),
    )
    await store_away(diary)
    await gone_and_back(diary)
    if disk:
        await disk_full(diary)
    await picture_stands(diary)
    await all_leave(diary)


async def left_and_back(diary: Diary) -> None:
    box = diary.box
    box.guests["greta"].stop()
    async with diary.trouble("greta leaves", AlarmKind.MISSING, "greta"):
        await asyncio.sleep(WHILE)
        box.guest("greta")
    await box.recorded("greta")


async def clipped(diary: Diary) -> None:
    mood = diary.box.mood("alice")
    mood.clipped = True
    async with diary.trouble("alice's sound is cut off", AlarmKind.CLIPPING, "alice"):
        await asyncio.sleep(WHILE)
        mood.clipped = False


async def silent(diary: Diary) -> None:
    mood = diary.box.mood("bob")
    mood.silent = True
    async with diary.trouble("bob's microphone hears nothing", AlarmKind.SILENCE, "bob"):
        await asyncio.sleep(WHILE)
        diary.box.kill_attendant()
        mood.silent = False


async def silent_native(diary: Diary, native: GStreamerPublisher) -> None:
    await asyncio.sleep(4)
    native.volume(0.0)
    async with diary.trouble("nothing is to be heard of GStreamer", AlarmKind.SILENCE, "pi"):
        await asyncio.sleep(WHILE)
        native.volume(0.1)


async def black(diary: Diary) -> None:
    mood = diary.box.mood("carol")
    mood.black = True
    async with diary.trouble("carol's lens is covered", AlarmKind.BLACK, "carol"):
        mood.black = False


async def frozen(diary: Diary) -> None:
    mood = diary.box.mood("dave")
    mood.frozen = True
    async with diary.trouble("dave's camera hangs", AlarmKind.FROZEN, "dave"):
        mood.frozen = False


async def server_gone(diary: Diary) -> None:
    await asyncio.sleep(8)
    await diary.box.kill_server()
    async with diary.trouble("the server is killed", AlarmKind.SERVER_GONE):
        await asyncio.sleep(WHILE)
        await diary.box.serve()


async def gone_and_back(diary: Diary) -> None:
    box = diary.box
    box.guests["frank"].vanish()
    async with diary.trouble("frank vanishes without a word", AlarmKind.STALL, "frank"):
        box.guest("frank")
    await box.recorded("frank")


async def store_away(diary: Diary) -> None:
    """Meanwhile the engine is killed while bob is silent."""
    box = diary.box
    await box.gate.close()
    await tell(box, "split", "alice", "bob", "carol")
    async with diary.trouble("the store cannot be reached", AlarmKind.UPLOAD):
        box.mood("bob").silent = True
        again = "bob is silent again; then the engine is killed"
        async with diary.trouble(again, AlarmKind.SILENCE, "bob"):
            await asyncio.sleep(1)
            killed = time.time()
            box.kill_engine()
            await box.event(EventType.ENGINE_START, since=killed)
            await box.recorded("alice", "bob", "carol", "dave", "erin")
            await asyncio.sleep(WHILE)
            box.mood("bob").silent = False
        await tell(box, "split", "alice", "bob", "carol")
        await box.gate.open()


async def disk_full(diary: Diary) -> None:
    box = diary.box
    ballast = box.output.parent / "ballast"
    space = os.statvfs(box.output)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize - 5_000_000)
    async with diary.trouble("the disk is full", AlarmKind.DISK_FORECAST):
        await asyncio.sleep(WHILE)
        ballast.unlink()
    await box.recorded(*GUESTS)


async def picture_stands(diary: Diary) -> None:
    mood = diary.box.mood("alice")
    mood.without.add(Kind.VIDEO)
    async with diary.trouble("alice's picture stands, her sound goes on", AlarmKind.STALL, "alice"):
        await asyncio.sleep(WHILE)
        mood.without.clear()


async def all_leave(diary: Diary) -> None:
    """The end of the recording is that of what is wrong."""
    box, left = diary.box, time.time()
    for guest in box.guests.values():
        guest.stop()
    if box.native is not None:
        box.native.say_goodbye()
    await box.published()
    async with (
        diary.trouble("everybody leaves", AlarmKind.ROOM_EMPTY, done=left),
        diary.trouble("greta with them", AlarmKind.MISSING, "greta", done=left),
    ):
        await tell(box, "shutdown")


async def tell(box: Box, verb: Verb, *streams: str) -> None:
    """Give the engine a command."""
    async with await ControlClient.connect(box.room_folder) as engine:
        await engine.command(verb, streams)

"""Strangers in the room who send far too much."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets as chance

from websockets.asyncio.client import connect

from roomdeck.core.signaling.messages import join
from roomdeck.core.signaling.peer import offer
from roomdeck.core.signaling.secrets import Secrets

from ...core.webrtc import offers
from ...e2e.lab import Lab
from ..case import Result, Scene, case
from ..room import Room, now

RATE = 100.0
"""Offers in a second."""
STRANGERS = 90
"""Addresses that they come from."""
NEWCOMER = 10.0
"""Seconds within which a guest who comes during a flood is recorded."""

DESCRIPTORS = 110
"""What a worker may have open at most: each connection takes some, and strangers share a few."""


@case("strangers send offers under ever new ids, 100 a second")
async def offer_floods(scene: Scene) -> Result:
    """Who is recorded does not notice, and who comes is recorded."""
    count = scene.times(short=520, full=3000)
    async with scene.lab() as lab:
        room = await Room.open(lab)
        flood = asyncio.create_task(_offer(lab, count))
        await asyncio.sleep(count / RATE / 2)
        came = now()
        guest = lab.publish("dave", number=9, seconds=None)
        line = await room.recorder.line("take.start", "dave")
        await flood
        descriptors = _descriptors(room)
        await room.recorded(1.0)
        guest.stop()
        await room.close()
        wrong = await room.broken()
    wait = line["time"] - came
    return Result(
        tried=count,
        lost=wrong[0]
        if wrong
        else f"nothing; a newcomer's file begins after {wait:.1f} s; {descriptors} descriptors",
        holds=not wrong and wait <= NEWCOMER and descriptors <= DESCRIPTORS,
        figures={
            "wait": round(wait, 2),
            "wrong": wrong,
            "descriptors": descriptors,
        },
    )


def _descriptors(room: Room) -> int:
    workers = room.recorder.all("status")[-1]["workers"]
    return max(len(os.listdir(f"/proc/{worker['pid']}/fd")) for worker in workers)


async def _offer(lab: Lab, count: int) -> None:
    """Be a stranger who offers what nobody announced, and a crowd of others who do."""
    room = lab.room()
    secrets = Secrets(room.password, room.salt)
    sdp = offers.offer(offers.video(), offers.audio(), mids="0 1")
    async with contextlib.AsyncExitStack() as stack:
        strangers = [
            await stack.enter_async_context(connect(lab.server.url, max_queue=None))
            for _ in range(STRANGERS)
        ]
        recorder = ""
        for stranger in strangers:
            await stranger.send(json.dumps(join(secrets.room_id(room.room))))
            listing = json.loads(await stranger.recv())
            recorder = next(one["UUID"] for one in listing["list"] if "streamID" not in one)
        for number in range(count):
            wire = secrets.stream_on_wire(f"flood{number}")
            message = offer(recorder, wire, chance.token_hex(5), sdp, secrets)
            # Every other one comes from the same address.
            stranger = strangers[number % 2 * (number // 2 % STRANGERS)]
            await stranger.send(json.dumps(message))
            await asyncio.sleep(1 / RATE)

"""All that is around the engine: a handshake server with its publishers, and workers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from websockets.asyncio.server import ServerConnection, serve, unix_serve
from websockets.exceptions import ConnectionClosed

from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import (
    AudioSummary,
    Codec,
    EndReason,
    Kind,
    TakeSummary,
    TrackAges,
    TrackStats,
    VideoSummary,
)
from roomdeck.core.model import SoundMeter as Meter

SDP = "v=0\r\n" + "a=rtpmap:96 H264/90000 and so on for so long as pages do\r\n" * 60
HANDSHAKE = 0.3
"""Seconds from an offer to media."""


class World(NamedTuple):
    """How large it is."""

    folder: Path
    streams: int
    nodes: int
    workers: int
    rate: float
    watched: bool
    url: str = ""

    @property
    def open(self) -> Path:
        """The file whose being there lets publishers come."""
        return self.folder / "open"


def serve_world(world: World, ready: multiprocessing.Queue[str]) -> None:
    """Serve until killed; says where the handshake server is."""
    asyncio.run(_serve(world, ready))


async def _serve(world: World, ready: multiprocessing.Queue[str]) -> None:
    workers = [Worker(world.folder, number) for number in range(1, world.workers + 1)]
    for worker in workers:
        await unix_serve(worker.serve, str(worker.path), compression=None)
    async with serve(lambda engine: _room(world, engine), "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        ready.put(f"ws://127.0.0.1:{port}")
        await asyncio.gather(server.wait_closed(), *(worker.keep_time() for worker in workers))


async def _room(world: World, engine: ServerConnection) -> None:
    """A room that publishers join one after the other."""
    joining: asyncio.Task[None] | None = None
    try:
        async for text in engine:
            said = json.loads(text)
            match said.get("request"):
                case "joinroom":
                    await engine.send(json.dumps({"request": "listing", "list": []}))
                    joining = joining or asyncio.create_task(_join(world, engine))
                case "play":
                    await _offer(engine, said["streamID"])
                case _:
                    pass
    except ConnectionClosed:
        pass
    finally:
        if joining is not None:
            joining.cancel()


async def _join(world: World, engine: ServerConnection) -> None:
    while not world.open.exists():  # noqa: ASYNC110 - files set no event
        await asyncio.sleep(0.05)
    began = time.monotonic()
    for number in range(world.streams):
        await asyncio.sleep(max(0.0, began + number / world.rate - time.monotonic()))
        stream = f"guest{number:04d}"
        announced = {"request": "videoaddedtoroom", "UUID": f"u-{stream}", "streamID": stream}
        await engine.send(json.dumps(announced))


async def _offer(engine: ServerConnection, stream: str) -> None:
    to = {"UUID": f"u-{stream}", "session": f"s-{stream}", "streamID": stream}
    await engine.send(json.dumps(to | {"description": {"type": "offer", "sdp": SDP}}))
    one = {"candidate": "candidate:1 1 udp 2122260223 10.0.0.1 50000 typ host", "sdpMid": "0"}
    await engine.send(json.dumps(to | {"type": "local", "candidates": [one] * 4}))


class Worker:
    """One that has streams, and receives nothing of them."""

    def __init__(self, folder: Path, number: int) -> None:
        self.path = folder / f"w{number}.sock"
        self._number = number
        self._engine: ServerConnection | None = None
        self._streams: dict[str, tuple[worker_messages.Offer, float]] = {}
        self._began = 0.0

    def _now(self) -> float:
        return time.monotonic() + 1e5

    async def serve(self, engine: ServerConnection) -> None:
        self._engine = engine
        clock = "another one"
        await self._say(worker_messages.Hello(worker=self._number, pid=os.getpid(), clock=clock))
        tasks: set[asyncio.Task[None]] = set()
        async for frame in engine:
            match worker_messages.decode_to_worker(frame):
                case worker_messages.Setup(_, began):
                    self._began = began or 0.0
                case worker_messages.ClockAsked(sent):
                    now = self._now()
                    await self._say(worker_messages.ClockTold(sent, now, now))
                case worker_messages.Offer() as offer:
                    tasks.add(asyncio.create_task(self._connect(offer)))
                case worker_messages.Shutdown():
                    for offer, _ in self._streams.values():
                        end = self._take(offer, 60.0, EndReason.SHUTDOWN)
                        await self._say(worker_messages.TakeEnd(offer.peer, end))
                    await engine.close()
                case _:
                    pass

    async def _say(self, message: worker_messages.FromWorker) -> None:
        if self._engine is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._engine.send(worker_messages.encode(message))

    async def _connect(self, offer: worker_messages.Offer) -> None:
        await self._say(worker_messages.Answer(offer.peer, SDP))
        await asyncio.sleep(HANDSHAKE)
        await self._say(worker_messages.Connected(offer.peer))
        await self._say(worker_messages.PublisherInfo(offer.peer, label=offer.stream))
        self._streams[offer.peer] = offer, self._now()
        await self._say(worker_messages.TakeStart(offer.peer, self._take(offer, 0.1)))

    async def keep_time(self) -> None:
        """Say once a second how all are, also if there are none, and twice how loud."""
        while True:
            for half in range(2):
                await asyncio.sleep(0.5)
                heard = [
                    worker_messages.Hearing(peer, offer.stream, Meter(level=-20.0, peak=-9.0))
                    for peer, (offer, _) in self._streams.items()
                ]
                if heard:
                    await self._say(worker_messages.Heard(tuple(heard)))
                if half:
                    await self._say(self._status())

    def _status(self) -> worker_messages.Status:
        now = self._now()
        streams = [self._of(offer, now - at) for offer, at in self._streams.values()]
        load = worker_messages.Load(cpu=0.02 * len(streams), memory=90_000_000)
        return worker_messages.Status(tuple(streams), load)

    def _of(self, offer: worker_messages.Offer, seconds: float) -> worker_messages.StreamStatus:
        packets = int(seconds * 300) + 1
        stats: dict[Kind, Any] = {
            kind: TrackStats(received=packets, bytes=packets * 1000, frames=int(seconds * 30))
            for kind in Kind
        }
        take = self._take(offer, seconds)
        return worker_messages.StreamStatus(
            peer=offer.peer,
            stream=offer.stream,
            wanted=True,
            take=take,
            tracks=stats,
            media_age=0.01,
            ages={kind: TrackAges(0.01, 0.2) for kind in Kind},
            sound=Meter(level=-20.0, peak=-9.0),
            heard_age=0.01,
            growth_age=0.2,
            round_trip=0.03,
        )

    def _take(
        self, offer: worker_messages.Offer, seconds: float, reason: EndReason | None = None
    ) -> TakeSummary:
        at = self._streams[offer.peer][1] if offer.peer in self._streams else self._now()
        return TakeSummary(
            stream=offer.stream,
            raw_id=offer.raw_id,
            file=f"/data/many_{offer.stream}_20260101-120000.ts",
            node=f"n{self._number}",
            started=at,
            offset=at - self._began,
            bytes=int(seconds * 300_000),
            seconds=seconds,
            video=VideoSummary(Codec.H264, 1280, 720, int(seconds * 30)),
            audio=AudioSummary(Codec.OPUS, int(seconds * 50), 2),
            starts={Kind.VIDEO: 0.0, Kind.AUDIO: 0.0},
            reason=reason,
        )

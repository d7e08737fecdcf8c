"""The sender as a process: one JSON line a second on stdout, ended by the end of stdin.

``python -m tests.bench.receive.load --streams 4 (--room NAME --server URL | --port PORT)``
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from aiortc import rtcdtlstransport

from roomdeck.core.config import RoomConfig
from roomdeck.core.model import Kind

from .fronts import Plain, Room
from .link import PROFILES, Link
from .loop import SMALL, USUAL, Loop, media_loop
from .pacer import Pacer, Stream
from .schedule import Schedule
from .sent import SentLogs

_AT_ONCE = 4
"""Handshakes under way together."""
_SETTLE = 0.5
"""Seconds from the last handshake to the first packet."""
_LINGER = 1.0
"""Seconds after the last frame in which lost packets can still be asked for."""


async def run(words: argparse.Namespace) -> None:
    """Connect all streams, send until stdin ends, write what was sent."""
    rtcdtlstransport.SRTP_PROFILES[:] = PROFILES
    loop = media_loop(SMALL if words.small else USUAL)
    schedule = Schedule(loop)
    front = Plain(words.port) if words.port else Room(_room(words))
    links = [Link(f"s{number:02}", channel=not words.port) for number in range(words.streams)]
    streams = await _connect(links, front, schedule)
    await asyncio.sleep(_SETTLE)
    pacer = Pacer(streams, schedule)
    pacer.start()
    _say("sending")
    await _report_until(_end_of_stdin(), pacer, streams)
    pacer.finish()
    await asyncio.sleep(_LINGER)
    pacer.stop()
    _finish(words.sent, loop, pacer, streams)
    await asyncio.gather(*(link.close() for link in links))


def _room(words: argparse.Namespace) -> RoomConfig:
    return RoomConfig(room=words.room, server=words.server)


async def _connect(links: list[Link], front: Plain | Room, schedule: Schedule) -> list[Stream]:
    door = asyncio.Semaphore(_AT_ONCE)

    async def one(link: Link) -> Stream:
        async with door:
            return await front.connect(link, schedule)

    return await asyncio.gather(*(one(link) for link in links))


async def _end_of_stdin() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def _report_until(end: Any, pacer: Pacer, streams: list[Stream]) -> None:
    ending = asyncio.ensure_future(end)
    while not ending.done():
        _say("report", **_counters(pacer, streams))
        pacer.worst_delay = 0.0
        await asyncio.wait([ending], timeout=1.0)


def _counters(pacer: Pacer, streams: list[Stream]) -> dict[str, Any]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    tracks = [track for stream in streams for track in stream.tracks.values()]
    return {
        "time": time.monotonic(),
        "cpu": usage.ru_utime + usage.ru_stime,
        "late": pacer.worst_delay,
        "packets": sum(track.packets_sent for track in tracks),
        "frames": sum(track.frames_sent for track in tracks),
        "nacks": sum(stream.nacks for stream in streams),
        "resent": sum(stream.resent for stream in streams),
        "refused": sum(stream.wire.refused for stream in streams),
        "plis": sum(stream.plis for stream in streams),
    }


def _finish(folder: Path | None, loop: Loop, pacer: Pacer, streams: list[Stream]) -> None:
    counts = {
        stream.name: {kind: stream.tracks[kind].frames_sent for kind in Kind} for stream in streams
    }
    if folder is not None:
        logs = SentLogs(loop)
        for stream in streams:
            logs.write(folder / f"{stream.name}.jsonl", counts[stream.name])
    _say("ended", **_counters(pacer, streams), sent=counts)


def _say(kind: str, **values: Any) -> None:
    print(msgspec.json.encode({"type": kind, **values}).decode(), flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="a tenth of the bit rate")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--room", default="bench")
    parser.add_argument("--server", default="")
    parser.add_argument("--sent", type=Path, help="folder of the lists of sent frames")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()

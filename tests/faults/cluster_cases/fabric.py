"""What of Ray fails, and the network that it needs: no frame may be lost by any of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import NamedTuple

from roomdeck.core.model import Codec

from ...e2e.lab import Command, Line
from ..case import Result, Scene, case
from ..covered import Lost, lost
from ..machines import HEAD, NODES, START, Cluster, cluster, says
from ..room import STREAMS, Room, now

SMALL = {"width": 160, "height": 90, "bitrate": 100_000}
NEWCOMER = 10.0
"""Seconds within which who comes is recorded, in a fault or after it."""
NOTICED = 5.0
"""Seconds within which a machine that is gone is known to be, and its streams are asked for."""


class Scenery(NamedTuple):
    """A recording by nodes."""

    cluster: Cluster
    room: Room


@contextlib.asynccontextmanager
async def _recorded(scene: Scene) -> AsyncGenerator[Scenery]:
    """Record by nodes, on each at least one stream."""
    async with cluster(scene) as made:
        recorder = await made.lab.record(*made.words, *_spread())
        await _has_workers(recorder)
        room = Room(made.lab, recorder, {})
        for number, (name, codec) in enumerate(STREAMS.items(), 1):
            _publish(room, name, codec, number)
        await room.recorded(0.5)
        taken = {line["node"] for line in room.recorder.all("take.start")}
        if taken != set(NODES):
            raise AssertionError(f"all streams are on {taken}")
        yield Scenery(made, room)


def _spread() -> list[str]:
    """Return what has each node record something: all are as busy as this machine is."""
    places = zip(STREAMS, itertools.cycle(NODES), strict=False)
    return [word for name, node in places for word in ("--place", f"{name}={node}")]


async def _has_workers(recorder: Command) -> None:
    """Wait until each node has one: on a busy machine Ray takes its time."""
    async with asyncio.timeout(START):
        while True:
            with contextlib.suppress(AssertionError):
                await recorder.status(lambda line: len(line["workers"]) == len(NODES))
                return


def _publish(room: Room, name: str, codec: Codec = Codec.VP8, number: int = 40) -> None:
    publisher = room.lab.publish(name, codec, number=number, seconds=None, source=SMALL)
    room.publishers[name] = publisher


async def _newcomer(room: Room, name: str = "dave") -> float:
    """Let somebody come; return after how many seconds that stream was recorded."""
    came = now()
    _publish(room, name)
    return (await room.recorder.line("take.start", name))["time"] - came


async def _losses(room: Room) -> dict[str, Lost]:
    """End the recording, and return what each stream lost."""
    await room.close()
    return {name: await lost(room.lab.sent(name), _files(room, name)) for name in room.streams}


def _files(room: Room, name: str) -> list[Path]:
    """Return all files of a stream: also such that nobody here heard of any more."""
    told = {Path(line["file"]) for line in room.recorder.all("take.start", name)}
    there = (room.lab.folder / node for node in NODES)
    return sorted(told | {one for node in there for one in node.glob(f"lab_{name}_*.[tm]?*")})


def _whole(losses: dict[str, Lost], waits: list[float], files: int, tried: int) -> Result:
    """Judge a fault that may cost nothing.

    Args:
        losses: By stream.
        waits: Seconds that newcomers waited.
        files: How many were begun more than there had to be.
        tried: How often the fault was made.
    """
    frames = sum(one.frames for one in losses.values())
    bad = [problem for one in losses.values() for problem in one.bad]
    said = f"{frames} frames" if frames else "nothing"
    if waits:
        said += f"; a newcomer's file begins after {max(waits):.1f} s"
    if files:
        said += f"; {files} files more"
    return Result(
        tried=tried,
        lost=bad[0] if bad else said,
        holds=not frames and not bad and max(waits, default=0.0) <= NEWCOMER,
        figures={"waits": waits, "files": files, "losses": losses},
    )


def _more(room: Room) -> int:
    """Return how many files more than one each stream has had."""
    return sum(count - 1 for count in room.files().values())


async def _kill(scene: Scene, *words: str, machines: tuple[str, ...] = ()) -> Result:
    """Kill processes of Ray while it records, and let somebody come."""
    waits: list[float] = []
    tried = scene.times(short=1, full=3)
    async with _recorded(scene) as (made, room):
        for number in range(tried):
            pids = made.of_ray(*machines, words=words)
            if not pids:
                # Ray does not start it anew.
                break
            await made.kill(pids)
            waits.append(await _newcomer(room, f"dave{number}"))
            await room.recorded(2.0)
        if not waits:
            raise AssertionError(f"there are no {words}")
        await asyncio.sleep(90.0 if scene.full else 5.0)
        more = _more(room)
        return _whole(await _losses(room), waits, more, len(waits))


@case("the supervisors of a cluster's nodes are killed (SIGKILL)", minutes=4)
async def supervisor_kills(scene: Scene) -> Result:
    """Workers are none of their children."""
    return await _kill(scene, "ray::Supervisor")


@case("Ray's daemon is killed on all nodes that record (SIGKILL)", minutes=4)
async def raylet_kills(scene: Scene) -> Result:
    """All that Ray started there ends with it, but workers."""
    return await _kill(scene, "/raylet/raylet", machines=NODES)


@case("the head of the cluster is killed (SIGKILL)", minutes=4)
async def head_kills(scene: Scene) -> Result:
    """A minute later all of Ray ends by itself on all nodes."""
    return await _kill(scene, "/gcs/gcs_server")


@case("Ray's head is gone for 1 min, in the full form for 10, and comes back", minutes=13)
async def head_outages(scene: Scene) -> Result:
    """Who comes meanwhile is recorded, and who comes afterwards."""
    async with _recorded(scene) as (made, room):
        await made.kill(made.of_ray(HEAD))
        waits = [await _newcomer(room, "dave")]
        await asyncio.sleep(600.0 if scene.full else 60.0)
        await made.start_head()
        for name in NODES:
            await made.stop(name)
            await made.start(name)
        waits.append(await _newcomer(room, "erin"))
        await _node_is_known(room)
        more = _more(room)
        return _whole(await _losses(room), waits, more, 1)


async def _node_is_known(room: Room) -> None:
    """Wait until the engine hears of nodes again: it has told of trouble before."""
    await room.recorder.line("alarm.end", where=lambda line: line.get("alarm") == "cluster")


@case("`ray stop` on a node that records", minutes=3)
async def ray_stops(scene: Scene) -> Result:
    """It ends all that Ray started there."""
    async with _recorded(scene) as (made, room):
        await made.stop(NODES[0])
        waits = [await _newcomer(room)]
        await room.recorded(5.0)
        more = _more(room)
        return _whole(await _losses(room), waits, more, 1)


@case("Ray and its supervisor freeze on a node for 60 s (SIGSTOP), its workers not", minutes=4)
async def frozen_fabric(scene: Scene) -> Result:
    """Nobody there starts workers; those that are there record."""
    async with _recorded(scene) as (made, room):
        pids = made.of_ray(NODES[0])
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        waits = [await _newcomer(room)]
        await asyncio.sleep(60.0)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        await room.recorded(5.0)
        more = _more(room)
        return _whole(await _losses(room), waits, more, 1)


@case("all of a node freezes for 60 s (SIGSTOP), workers as well", minutes=4)
async def frozen_nodes(scene: Scene) -> Result:
    """Its streams are recorded elsewhere, and what waited in sockets is in its files then."""
    async with _recorded(scene) as (made, room):
        pids, workers = made.processes(NODES[0]), _workers(made)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        frozen, begun = now(), room.files()
        mine = {n: begun[n] for n in _streams_on(room, NODES[0])}
        back = await room.next_files(mine, frozen)
        await asyncio.sleep(max(0.0, frozen + 60.0 - now()))
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        await room.recorded(5.0)
        losses = await _finished(room, workers)
        result = _whole(losses, [], _more(room), 1)
        result.figures["back"] = back
        return result


@case("head and a node cannot reach each other for 75 s, publishers can both", minutes=4)
async def partitions(scene: Scene) -> Result:
    """The node records on; from the other one's file on there are two."""
    async with _recorded(scene) as (made, room):
        workers = _workers(made)
        made.machines.part(HEAD, NODES[0])
        parted, begun = now(), room.files()
        back = await room.next_files({n: begun[n] for n in _streams_on(room, NODES[0])}, parted)
        waits = [await _newcomer(room)]
        await asyncio.sleep(max(0.0, parted + 75.0 - now()))
        made.machines.join(HEAD, NODES[0])
        await room.recorded(5.0)
        losses = await _finished(room, workers)
        result = _whole(losses, waits, _more(room), 1)
        result.figures["back"] = back
        return result


@case("the engine is killed where nodes record (SIGKILL), and nobody starts another one", minutes=3)
async def engine_kills(scene: Scene) -> Result:
    """Its bridge has another one started, which takes workers over."""
    async with _recorded(scene) as (_, room):
        lab = room.lab
        room.recorder.process.kill()
        _publish(room, "dave")
        killed = now()
        while not _files(room, "dave"):
            assert now() - killed < 60, "nobody records who came"
            await asyncio.sleep(0.1)
        waits = [now() - killed]
        await asyncio.sleep(5.0)
        for publisher in room.publishers.values():
            publisher.stop()
        await lab.published()
        await lab.tell("stop")
        files = {name: _files(room, name) for name in room.streams}
        losses = {name: await lost(lab.sent(name), files[name]) for name in room.streams}
        return _whole(losses, waits, sum(len(one) - 1 for one in files.values()), 1)


@case("a node that records ends whole, as without power", minutes=3)
async def node_kills(scene: Scene) -> Result:
    """Its streams are recorded by another one."""
    async with _recorded(scene) as (made, room):
        mine = _streams_on(room, NODES[0])
        begun, killed = room.files(), now()
        made.machines.by_name[NODES[0]].lose_power()
        back = await room.next_files({name: begun[name] for name in mine}, killed)
        noticed = (await room.recorder.line("error", where=_is_of_loss))["time"] - killed
        await room.recorded(5.0)
        losses = await _losses(room)
    others = sum(one.frames for name, one in losses.items() if name not in mine)
    gaps = [losses[name].seconds for name in mine]
    bad = [problem for one in losses.values() for problem in one.bad]
    again = max(back.values()) - noticed
    return Result(
        tried=1,
        lost=bad[0]
        if bad
        else f"{max(gaps):.1f} s of its streams at worst, {others} frames of others: it is noticed "
        f"after {noticed:.1f} s, and the next file begins {again:.1f} s later",
        holds=noticed <= NOTICED and again <= NEWCOMER and not others and not bad,
        figures={"gaps": gaps, "noticed": noticed, "back": back, "losses": losses},
    )


def _is_of_loss(line: Line) -> bool:
    """Whether it says that a worker of the first node is gone."""
    return f" on {NODES[0]} " in line["text"]


def _streams_on(room: Room, node: str) -> list[str]:
    last = {line["stream"]: line["node"] for line in room.recorder.all("take.start")}
    return [name for name, where in last.items() if where == node]


def _workers(made: Cluster) -> list[int]:
    """Return the workers of the first node."""
    words = ("roomdeck.core.worker --node",)
    return [pid for pid in made.processes(NODES[0]) if says(pid, words)]


async def _finished(room: Room, workers: list[int]) -> dict[str, Lost]:
    """Wait until workers whose streams others have have finished, and return what is lost."""
    await asyncio.gather(*map(room.lab.gone, workers))
    return await _losses(room)

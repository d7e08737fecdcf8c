"""Everybody is recorded, and only as who they are: returns, strangers, other rooms."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from roomdeck.core.config import Family
from roomdeck.core.model import Codec
from roomdeck.core.publishing.program import Program, SentLogs
from roomdeck.core.publishing.publish_config import PublishConfig
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.publishing.viewer import Viewer
from roomdeck.core.signaling.client import SignalingClient
from roomdeck.core.signaling.events import Joined, Listing
from roomdeck.core.signaling.peer import PeerMessage
from roomdeck.core.signaling.secrets import Secrets

from .lab import FAMILIES, PATIENCE, Lab, Line
from .pictures import counters

AT_ONCE = 12.0
"""Seconds from the start of the program to its media; three of them are wanted, and the rest is
for a busy machine. What is told apart takes fifteen and more."""


def _recorded(stream: str, seconds: float, takes: int = 1):
    def enough(line: Line) -> bool:
        return any(
            s["stream"] == stream and s["takes"] == takes and s["seconds"] > seconds
            for s in line["streams"]
        )

    return enough


def _shown(take: Line) -> set[int]:
    """The numbers in the pictures of a take: whose they are."""
    return {code[0] for code in counters(Path(take["file"])) if code}


@pytest.mark.parametrize("first", [True, False], ids=["native", "page"])
@pytest.mark.parametrize("family", FAMILIES)
async def test_who_vanished_and_is_back_is_recorded_at_once(
    lab: Lab, family: Family, first: bool
) -> None:
    room = lab.room(family=family)
    recorder = await lab.record("--family", family.value)
    gone = lab.publish("alice", seconds=None, number=1, room=room, media_first=first)
    await recorder.status(_recorded("alice", 1))
    gone.vanish()
    await lab.publishing[0]
    back = lab.publish("alice", seconds=None, number=2, room=room, media_first=first)
    began = asyncio.get_running_loop().time()
    await recorder.line("take.start", "alice", 2)
    assert asyncio.get_running_loop().time() - began < AT_ONCE
    await recorder.status(_recorded("alice", 1, takes=2))
    back.stop()
    await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 0

    ends = recorder.all("take.end")
    assert [(take["stream"], take["reason"]) for take in ends] == [
        ("alice", "vanished"),
        ("alice", "bye"),
    ]
    assert [_shown(take) for take in ends] == [{1}, {2}]


class Stranger:
    """Offers a stream under somebody else's id to everybody it sees, and announces nothing."""

    def __init__(self, lab: Lab, stream: str, number: int) -> None:
        settings = SourceConfig(
            name="mallory", number=number, codec=Codec.VP8, width=320, height=180, fps=25
        )
        config = PublishConfig(room=lab.room(family=Family.ROUTED), stream=stream, source=settings)
        self._config = config
        self._secrets = Secrets(config.room.password, config.room.salt)
        self._program = Program(config, self._secrets, SentLogs(None), lambda: None)
        self._viewers: dict[str, Viewer] = {}

    async def run(self) -> None:
        async with SignalingClient(self._config.room, self._secrets) as client:
            async for happening in client:
                match happening:
                    case Listing(members):
                        for member in members:
                            if member.wire_stream is None:
                                self._greet(member.uuid, client)
                    case Joined(uuid, None):
                        self._greet(uuid, client)
                    case PeerMessage(uuid=uuid) if uuid in self._viewers:
                        self._viewers[uuid].receive(happening)
                    case _:
                        pass

    async def vanish(self) -> None:
        for viewer in self._viewers.values():
            await viewer.vanish()
        await self._program.close()

    def _greet(self, uuid: str, client: SignalingClient) -> None:
        self._viewers[uuid] = viewer = Viewer(
            uuid,
            self._program,
            name=uuid,
            send=client.send,
            on_event=lambda event: None,
            on_gone=lambda viewer, reason: None,
        )
        viewer.start()


@contextlib.asynccontextmanager
async def stranger(lab: Lab, stream: str, number: int) -> AsyncGenerator[None, None]:
    """Have a stranger in the room."""
    there = Stranger(lab, stream, number)
    running = asyncio.create_task(there.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])
        await there.vanish()


@pytest.mark.parametrize("early", [True, False])
async def test_a_stranger_is_recorded_beside_whom_it_says_to_be(lab: Lab, early: bool) -> None:
    recorder = await lab.record("--family", "routed")
    alice = None if early else lab.publish("alice", seconds=None, number=1)
    if alice is not None:
        await recorder.line("take.start", "alice")
    async with stranger(lab, "alice", 2):
        await recorder.line("take.start", "alice~2")
        alice = alice or lab.publish("alice", seconds=None, number=1)
        await recorder.status(_recorded("alice", 2))
        state = await recorder.status(_recorded("alice~2", 2))
        alice.stop()
        await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    (row,) = [row for row in state["streams"] if row["stream"] == "alice~2"]
    assert (row["state"], row["reason"]) == ("REC", "says that it is alice, but never announced it")
    takes = {take["stream"]: take for take in recorder.all("take.end")}
    assert len(recorder.all("take.end")) == 2
    assert (_shown(takes["alice"]), _shown(takes["alice~2"])) == ({1}, {2})
    assert takes["alice"]["reason"] == "bye"
    assert not (await lab.check(takes["alice"])).bad


async def _director(lab: Lab, socket: ClientConnection, room: str) -> dict[str, Any]:
    """Become the director of a room; return its listing."""
    secrets = Secrets(lab.room().password, lab.room().salt)
    join = {"request": "joinroom", "roomid": secrets.room_id(room), "claim": True}
    await socket.send(json.dumps(join))
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))


async def _move(lab: Lab, here: str, there: str) -> None:
    """Have the director of a room move the only one who publishes there."""
    secrets = Secrets(lab.room().password, lab.room().salt)
    async with connect(lab.server.url, proxy=None) as socket:
        listing = await _director(lab, socket, here)
        (guest,) = [one["UUID"] for one in listing["list"] if "streamID" in one]
        target = {"roomid": secrets.room_id(there), "target": guest}
        await socket.send(json.dumps({"request": "migrate", **target}))


async def test_who_is_moved_to_another_room_and_sends_on_is_recorded_in_this_one_only(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = await lab.record("--family", "routed")
    guest = lab.publish("alice", seconds=None, media_first=True)
    # Native publishers take no notice of a move.
    monkeypatch.setattr(guest, "_follow", lambda: None)
    await recorder.status(_recorded("alice", 1))
    await _move(lab, "lab", "another")
    take = await recorder.line("take.end", "alice")
    await _move(lab, "another", "lab")
    await recorder.status(_recorded("alice", 1, takes=2))
    assert await recorder.stop() == 0

    assert take["reason"] == "moved"
    assert [one["stream"] for one in recorder.all("take.start")] == ["alice", "alice"]


async def test_the_test_publisher_follows_a_move(lab: Lab) -> None:
    here = await lab.record("--family", "routed")
    there = await lab.record("--family", "routed", room="another")
    guest = lab.publish("alice", Codec.VP8, seconds=None)
    await here.status(_recorded("alice", 1))
    await _move(lab, "lab", "another")
    await there.line("take.start", "alice")
    first = await here.line("take.end", "alice")
    await there.status(_recorded("alice", 1))
    assert len(guest.viewers) == 1
    guest.stop()
    await there.line("take.end", "alice")
    assert await here.stop() == await there.stop() == 0
    assert first["reason"] in ("bye", "moved")

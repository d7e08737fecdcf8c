"""Several rooms of one configuration file, as a user runs them."""

from __future__ import annotations

import asyncio
import os
import signal

import msgspec

from roomdeck.core.ipc.room_folder import EngineInfo
from roomdeck.core.model import Codec

from .lab import Lab


async def test_two_rooms_one_of_which_loses_its_engine(lab: Lab) -> None:
    rooms = lab.folder / "rooms.toml"
    rooms.write_text(
        "workers = 1\n[record]\nno_report = true\n"
        '[[rooms]]\nroom = "lab"\n[[rooms]]\nroom = "lobby"\npassword = "s3cret"\n'
    )
    keeping = await lab.run(
        "rooms", "--json", ROOMDECK_CONFIG=str(rooms), ROOMDECK_RUNTIME_DIR=str(lab.runtime)
    )
    for name in ("lab", "lobby"):
        await keeping.line("link.joined", where=lambda line, name=name: line["room"] == name)
    lab.publish("alice", Codec.VP8, seconds=None)
    lab.publish(
        "bob", Codec.VP8, seconds=None, room=lab.room(room="lobby", password="s3cret"), number=8
    )
    for stream in ("alice", "bob"):
        await keeping.line("take.start", stream)

    os.kill(engine_of(lab, "lobby"), signal.SIGKILL)
    adopted = await keeping.line("stream.adopt", "bob")
    assert adopted["room"] == "lobby"
    assert await keeping.stop() == 0

    takes = [await keeping.line("take.end", stream) for stream in ("alice", "bob")]
    assert [take["reason"] for take in takes] == ["shutdown", "shutdown"]
    assert len(keeping.all("take.end")) == 2, "nothing was begun anew"
    reports = await asyncio.gather(*map(lab.check, takes))
    assert not any(report.bad for report in reports), reports


def engine_of(lab: Lab, room: str) -> int:
    """Return the process of the engine of a room."""
    cards = [
        msgspec.json.decode(card.read_bytes(), type=EngineInfo)
        for card in lab.runtime.glob("*/engine.json")
    ]
    return next(card.pid for card in cards if card.room == room)

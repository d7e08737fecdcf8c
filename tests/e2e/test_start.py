"""From the start of the program to the first media: what need not wait for anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.config import Family
from roomdeck.core.model import Codec

from .fanout import fanout_server
from .lab import Lab


async def test_the_worker_that_records_was_started_before_the_room_was_known(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("alice", Codec.VP8, seconds=1.5)
    await recorder.line("take.end", "alice")
    state = await recorder.status(lambda line: bool(line["workers"]))
    (worker,) = state["workers"]
    words = Path(f"/proc/{worker['pid']}/cmdline").read_bytes()  # noqa: ASYNC240
    assert b"--spare" in words
    assert worker["pid"] == lab.worker_pid(1)
    assert await recorder.stop() == 0


@pytest.mark.parametrize("in_room", [True, False])
@pytest.mark.parametrize("media_first", [True, False])
async def test_a_fanout_server_is_known_by_the_first_word_of_a_peer(
    lab: Lab, in_room: bool, media_first: bool
) -> None:
    async with fanout_server() as server:
        room = lab.room(server=server.url, room="lab" if in_room else "", family=Family.AUTO)
        publisher = lab.publish(
            "alice", Codec.VP8, room=room, seconds=None, media_first=media_first
        )
        where = () if in_room else ("--stream", "alice")
        recorder = await lab.record(*where, "--server", server.url, room="lab" if in_room else "")
        await recorder.line("take.start", "alice")
        publisher.stop()
        take = await recorder.line("take.end", "alice")
        joined = await recorder.line("link.joined")
        assert await recorder.stop() == 0
    assert ("fanout" in joined["text"]) is in_room
    assert not (await lab.check(take)).bad
    silent = {message["request"] for message in server.dropped}
    assert silent == {"joinroom" if in_room else "ping"}, "all else was said with a sender"

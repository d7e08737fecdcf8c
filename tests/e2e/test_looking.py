"""Still pictures and markers of live streams, through engine and workers."""

from __future__ import annotations

import pytest

from roomdeck.core.errors import ControlError
from roomdeck.core.model import Codec, Picture, Size
from roomdeck.core.recording import sidecar

from .lab import Lab
from .watch import watch


def colours(picture: Picture) -> int:
    return len({picture.rgb[at : at + 3] for at in range(0, len(picture.rgb), 3)})


async def test_the_last_key_frame_can_be_seen_while_it_is_recorded(lab: Lab) -> None:
    recorder = await lab.record()
    for stream, codec in (("alice", Codec.H264), ("bob", Codec.VP9)):
        lab.publish(stream, codec, seconds=None)
        await recorder.line("take.start", stream)
    async with watch(lab) as engine:
        for stream in ("alice", "bob"):
            picture = await engine.client.still(stream)
            assert picture is not None
            assert (picture.width, picture.height) == (96, 54)
            assert len(picture.rgb) == 96 * 54 * 3
            assert colours(picture) > 10
            assert 0 <= picture.age < 30
            small = await engine.client.still(stream, Size(32, 32))
            assert small is not None
            assert (small.width, small.height) == (32, 18)
        with pytest.raises(ControlError, match="nobody"):
            await engine.client.still("nobody")
        await engine.goes_on("alice", 1)
    assert await recorder.stop() == 0


async def test_a_marker_is_an_event_and_stands_in_the_sidecar(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("alice", seconds=None)
    await recorder.line("take.start", "alice")
    marking = await lab.run("mark", "applause", "--stream", "alice")
    assert await marking.wait() == 0
    marker = await recorder.line("marker", "alice")
    assert marker["text"] == "applause"
    assert await recorder.stop() == 0
    found = sidecar.load(next(lab.output.glob("*.json")))
    assert found is not None
    (kept,) = found.markers
    assert (kept.text, kept.streams, kept.offset) == ("applause", ("alice",), marker["offset"])
    assert 0 < kept.offset - found.takes[0].offset < 60

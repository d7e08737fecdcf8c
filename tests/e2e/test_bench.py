"""The bench's cheap sender is a publisher like others: what it says it sent is what arrives."""

from ..bench.receive.measure import Options, measure
from ..bench.receive.recorders import WAYS


async def test_every_frame_that_the_cheap_sender_sent_is_in_the_file() -> None:
    roomdeck = next(way for way in WAYS if way.name == "roomdeck")
    figures = await measure(roomdeck, 1, 0, Options(seconds=2.0, warm_up=0.5))
    assert figures.frames_sent > 20
    assert figures.frames_written == figures.frames_sent
    assert figures.cpu["recorder"] > 0.0

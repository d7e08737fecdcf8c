"""Who is there, and what troubles them.

`alice` is split, turns from landscape to portrait, and shares a screen that changes every 2.5 s;
`bob` comes late, his network loses packets, and once all of them for good; `carol`
sends 60 pictures a second, leaves, and returns with another codec, another size and 15; of `dave`
there is only sound, of `erin` only a picture; `film` has B-frames.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import av

from roomdeck.core.model import Codec
from roomdeck.core.publishing.impairment import Impairment
from roomdeck.core.publishing.pictures import PictureMaker
from roomdeck.core.publishing.publisher import Publisher
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.publishing.tones import PACKETS_PER_SECOND, ToneMaker

from ..lab import Command, Lab, Line
from .sending import Stay, watching

MARKER = "here it begins"
SMALL = {"width": 160, "height": 90, "fps": 30, "bitrate": 200_000}
TURNED = 90, 160
BAD = Impairment(loss=0.05, rtt=0.04)
STILL = SourceConfig(
    name="alice-screen", number=7, codec=Codec.VP8, width=192, height=108, fps=0.4, audio=False
)
PATIENCE = 300.0
"""Seconds that a delivery may take: it works at the lowest priority."""
VOID = 20
"""Pictures that are lost for good."""


class Recorded(NamedTuple):
    """A session that is over."""

    stays: tuple[Stay, ...]
    marked: tuple[float, float]
    """Unix times between which the marker was set."""
    lines: list[Line]
    """What its recorder said."""


async def perform(lab: Lab, pace: float, *options: str) -> Recorded:
    """Record everybody, with all that happens to them.

    Args:
        lab: Where.
        pace: Seconds that are recorded from one thing that happens to the next.
        options: Of the recorder.
    """
    stage = _Stage(lab, await lab.record(*options), pace)
    alice = stage.enter("alice", Codec.H264, number=1, screen=STILL)
    await stage.takes("alice", "alice-screen")
    reel = lab.folder / "film.mkv"
    await asyncio.to_thread(film, reel, 4 * pace)
    dave = stage.enter("dave", Codec.H264, number=8, source={"video": False})
    erin = stage.enter("erin", Codec.VP9, number=2, source={"audio": False})
    carol = stage.enter("carol", Codec.H264, number=3, source={"fps": 60})
    stage.enter("film", Codec.H264, number=4, source={"file": str(reel)})
    await stage.takes("dave", "erin", "carol", "film")
    await stage.recorded("alice", "dave", "erin", "carol")
    bob = stage.enter("bob", Codec.VP8, number=5, impairment=BAD)
    carol.stop()
    await stage.recorder.line("take.end", "carol")
    begun = time.time()
    await asyncio.gather(lab.tell("split", "alice"), lab.tell("mark", MARKER))
    marked = begun, time.time()
    await stage.recorder.line("take.start", "alice", 2)
    large = {"fps": 15, "width": 192, "height": 108}
    carol = stage.enter("carol", Codec.VP8, number=6, log="carol again", source=large)
    await stage.recorded("alice", "bob")
    alice.resize(*TURNED)
    await stage.recorded("bob", more=True)
    await _lose(bob, stage.stays[lab.sent("bob")])
    await stage.recorder.status(lambda line: _row(line, "bob")["loss"] > 0)
    await stage.recorder.line("take.start", "carol", 2)
    await stage.recorded("alice", "bob", "carol", more=True)
    for publisher in (alice, bob, carol, dave, erin):
        publisher.stop()
    for stream in ("alice-screen", "bob", "dave", "erin", "film"):
        await stage.recorder.line("take.end", stream)
    for stream in ("alice", "carol"):
        await stage.recorder.line("take.end", stream, 2)
    assert await stage.recorder.stop(patience=PATIENCE) == 0
    return Recorded(tuple(stage.stays.values()), marked, stage.recorder.lines)


class _Stage:
    def __init__(self, lab: Lab, recorder: Command, pace: float) -> None:
        self.recorder = recorder
        self.stays: dict[Path, Stay] = {}
        self._lab = lab
        self._pace = pace

    def enter(
        self,
        stream: str,
        codec: Codec,
        *,
        number: int,
        source: dict[str, Any] | None = None,
        log: str = "",
        impairment: Impairment | None = None,
        **options: Any,
    ) -> Publisher:
        """Have somebody come."""
        delay = impairment.rtt / 2 if impairment else 0.0
        return self._lab.publish(
            stream,
            codec,
            seconds=None,
            number=number,
            log=log,
            source={**SMALL, **(source or {})},
            impairment=impairment,
            opener=watching(stream, self._lab.sent(log or stream), delay, self.stays),
            **options,
        )

    async def takes(self, *streams: str) -> None:
        """Wait until all of them are being recorded."""
        for stream in streams:
            await self.recorder.line("take.start", stream)

    async def recorded(self, *streams: str, more: bool = False) -> None:
        """Wait until the takes of all are so long; with ``more``: longer by so much."""
        wanted = dict.fromkeys(streams, self._pace)
        if more:
            now = self.recorder.all("status")[-1]
            wanted = {stream: _row(now, stream)["seconds"] + self._pace for stream in streams}

        def enough(stream: str, least: float) -> Callable[[Line], bool]:
            return lambda line: _row(line, stream)["seconds"] >= least

        for stream, least in wanted.items():
            await self.recorder.status(enough(stream, least))


def _row(line: Line, stream: str) -> Line:
    nobody = {"seconds": 0.0, "loss": 0.0}
    return next((row for row in line["streams"] if row["stream"] == stream), nobody)


def _connection(publisher: Publisher) -> Any:
    (viewer,) = publisher.viewers.values()
    return vars(viewer)["_connection"]


async def _lose(publisher: Publisher, stay: Stay) -> None:
    """Have what is sent for a while get lost, and not be there any more when it is asked for."""
    connection = _connection(publisher)
    wire = connection._wire
    wire._cut = True
    until = stay.source.pictures + VOID
    async with asyncio.timeout(PATIENCE):
        while stay.source.pictures < until:  # noqa: ASYNC110 - a source sets no event
            await asyncio.sleep(0.02)
    for sender in connection.senders():
        sender._writer._history.clear()
    wire._cut = False


def film(path: Path, seconds: float, fps: int = 30) -> None:
    """Write a film with B-frames, which flashes and beeps as a test source does."""
    width, height = SMALL["width"], SMALL["height"]
    per_packet = Fraction(fps, PACKETS_PER_SECOND)
    pictures, tones = PictureMaker("film", 4, width, height), ToneMaker(4, 48000, 1)
    container: Any
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "bf": "2", "b-adapt": "0", "g": "15"}
        seen = container.add_stream("libx264", rate=fps, options=options)
        seen.width, seen.height, seen.pix_fmt = width, height, "yuv420p"
        heard = container.add_stream("libopus", rate=48000, layout="mono")
        for number in range(round(seconds * PACKETS_PER_SECOND)):
            for packet in heard.encode(tones.packet(number)):
                # As it is sent live: not earlier by what the encoder hears ahead.
                packet.pts = packet.dts = number * tones.samples
                container.mux(packet)
            for one in range(ceil(number * per_packet), ceil((number + 1) * per_packet)):
                picture = pictures.draw(one, one / fps)
                picture.pts, picture.time_base = one, Fraction(1, fps)
                container.mux(seen.encode(picture))
        container.mux(seen.encode(None))

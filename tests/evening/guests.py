"""Guests in whose sound and pictures something can be wrong, from one moment to the next."""

# Moods reach into a test source, whose tones and pictures nobody else changes.
# pyright: reportPrivateUsage=false
from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import av

from roomdeck.core.model import EncodedFrame, Kind
from roomdeck.core.publishing.live import LiveProducer
from roomdeck.core.publishing.pictures import PictureMaker
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.publishing.sources import MediaSource, PacedSource
from roomdeck.core.publishing.tones import ToneMaker

FULL = b"\xff\x7f" * 12 + b"\x01\x80" * 12
"""A square wave of full scale, 2 kHz."""
PAUSE = 1.5
"""Seconds without a frame after which a source that had something to send had no time to."""
_NOISE = bytes(random.Random(1).choices(range(16, 20), k=1 << 16))


@dataclass(frozen=True)
class Pause:
    """A time without frames."""

    kind: Kind
    since: float
    """Unix time."""
    seconds: float


@dataclass
class Mood:
    """How a guest is; changed while it sends."""

    silent: bool = False
    clipped: bool = False
    black: bool = False
    frozen: bool = False
    levels: bool = True
    """Its packets say how loud they are, as those of pages do."""
    without: set[Kind] = field(default_factory=lambda: set[Kind]())
    """What it does not send at present."""
    pauses: list[Pause] = field(default_factory=lambda: list[Pause]())
    """When it sent nothing as its machine was too busy, which nobody meant."""

    def source(self, config: SourceConfig) -> MediaSource:
        """Open a source that is so; as `open_source`."""
        return PacedSource(_MoodyProducer(config, self))


class _MoodyProducer(LiveProducer):
    def __init__(self, config: SourceConfig, mood: Mood) -> None:
        super().__init__(config)
        self._mood = mood
        self._last: dict[Kind, float] = {}
        if self._sounds is not None:
            encoder = self._sounds._encoder
            encoder._tones = _Tones(encoder._tones, mood)
        if self._pictures is not None:
            self._pictures._maker = _Pictures(self._pictures._maker, mood)

    @property
    def level(self) -> int | None:
        return super().level if self._mood.levels else None

    def produce(self, now: float) -> list[EncodedFrame]:
        made: Sequence[EncodedFrame] = super().produce(now)
        for frame in made:
            self._note(frame.codec.kind, time.time())
        return [one for one in made if one.codec.kind not in self._mood.without]

    def _note(self, kind: Kind, now: float) -> None:
        last = self._last.get(kind, now)
        self._last[kind] = now
        if now - last > PAUSE:
            self._mood.pauses.append(Pause(kind, last, now - last))


class _Tones(ToneMaker):
    def __init__(self, tones: ToneMaker, mood: Mood) -> None:
        vars(self).update(vars(tones))
        self._mood = mood

    def packet(self, index: int) -> av.AudioFrame:
        frame = super().packet(index)
        plane = frame.planes[0]
        if self._mood.silent:
            plane.update(bytes(plane.buffer_size))
        elif self._mood.clipped:
            plane.update((FULL * (plane.buffer_size // len(FULL) + 1))[: plane.buffer_size])
        return frame


class _Pictures(PictureMaker):
    def __init__(self, maker: PictureMaker, mood: Mood) -> None:
        vars(self).update(vars(maker))
        self._mood = mood
        self._kept: tuple[int, float] | None = None

    def draw(self, counter: int, seconds: float) -> av.VideoFrame:
        if not self._mood.frozen:
            self._kept = None
        elif self._kept is None:
            # Not in a flash: most of a moving picture is none.
            self._kept = counter, int(seconds) + 0.5
        picture = super().draw(*(self._kept or (counter, seconds)))
        if self._mood.black:
            _blacken(picture)
        return picture


def _blacken(picture: av.VideoFrame) -> None:
    """As a lens that is covered: with the noise that cameras have."""
    luma, *chroma = picture.planes
    begin = random.randrange(len(_NOISE) - luma.buffer_size)
    luma.update(_NOISE[begin : begin + luma.buffer_size])
    for plane in chroma:
        plane.update(b"\x80" * plane.buffer_size)


SMALL = SourceConfig(name="", width=160, height=90, fps=8.0, bitrate=80_000, key_interval=2.0)
"""A picture that costs the machine little; with key frames as often as rules could wish."""

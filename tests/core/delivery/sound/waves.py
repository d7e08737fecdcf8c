"""Sound as it is delivered, made of numbers."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import av

RATE = 48000
BLOCK = 4800


def frames(wave: Sequence[float], channels: int = 1, block: int = BLOCK) -> Iterator[av.AudioFrame]:
    """Planar floats in blocks, the same on all channels."""
    for begin in range(0, len(wave), block):
        part = array("f", wave[begin : begin + block])
        frame = av.AudioFrame("fltp", "mono" if channels == 1 else "stereo", len(part))
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), begin
        for plane in frame.planes:
            plane.update(part.tobytes().ljust(plane.buffer_size, b"\0"))
        yield frame


def sine(seconds: float, height: float, hertz: float = 997.0) -> array[float]:
    step = 2 * math.pi * hertz / RATE
    return array("f", [height * math.sin(step * n + 0.1) for n in range(round(seconds * RATE))])


def knocks(seconds: float) -> array[float]:
    """Noise that is loud for a tenth of every second."""
    chooser = random.Random(1)
    count = round(seconds * RATE)
    return array(
        "f", [chooser.uniform(-1, 1) * (0.9 if n % RATE < 4800 else 0.05) for n in range(count)]
    )


def samples(found: Iterable[av.AudioFrame]) -> array[float]:
    """The first channel, one frame after the other."""
    wave = array("f")
    for frame in found:
        assert frame.pts == len(wave)
        wave.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])
    return wave

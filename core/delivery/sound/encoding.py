"""Sound → packets of AAC, in parts that are encoded beside each other and join without a seam.

A part begins with the end of the one before it: there two encoders have the same to encode. What
a decoder makes of a frame depends on that frame and, as windows overlap by half, on the one before
it. So one part goes on where another one ends at a frame before which both have chosen the same
window: aliasing cancels as if there were one encoder (ISO/IEC 14496-3, 4.6.11).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from itertools import chain, starmap
from typing import Any, NamedTuple, cast

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame

from ..window import SAMPLE_RATE

FRAME = 1024
"""Samples of a frame."""
BLOCK = 24
"""Frames that an encoder is given at once: half a second."""
PART = 125
"""Blocks that one encoder encodes: 64 seconds."""
OVERLAP = 3
"""Blocks of them that are in the part before as well."""
_WARM = 64
"""Frames after which an encoder is as good as one that did not begin in the middle: it has found
how coarse it has to be for its bits. Windows it chooses alike after three."""
_AHEAD = 2
"""Frames that it has to know behind one for which it chooses a window."""
_SINGLE, _PAIR = 0, 1
"""How a frame of mono or stereo begins (4.5.2.1.1)."""
_TIME_BASE = Fraction(1, SAMPLE_RATE)

Packet = Any
"""PyAV's."""


class _Part(NamedTuple):
    """Sound that one encoder encodes."""

    begin: int
    """Number of its first frame."""
    blocks: Sequence[AudioFrame]
    packets: Future[list[Packet]]


_Begin = Callable[[int, Sequence[AudioFrame]], _Part]


def aac(frames: Iterable[AudioFrame], kilobits: int, threads: int) -> Iterator[Packet]:
    """Yield sound as packets of AAC, the same ones however many threads there are.

    Args:
        frames: Planar floats of one layout at `SAMPLE_RATE`, without a hole.
        kilobits: Per second, of one channel.
        threads: How many parts are encoded beside each other.
    """
    with ThreadPoolExecutor(threads) as executor:

        def begin(number: int, blocks: Sequence[AudioFrame]) -> _Part:
            return _Part(number, blocks, executor.submit(encode, blocks, kilobits))

        begun = starmap(begin, _parts(_blocks(frames)))
        yield from _joined(_ahead(begun, threads - 1), begin)


def encode(blocks: Sequence[AudioFrame], kilobits: int) -> list[Packet]:
    """Return sound as packets of AAC; the first one is what a decoder needs before it."""
    context: Any = av.CodecContext.create("aac", "w")
    layout = blocks[0].layout
    context.sample_rate, context.time_base = SAMPLE_RATE, _TIME_BASE
    context.layout, context.format = layout.name, "fltp"
    context.bit_rate = kilobits * 1000 * layout.nb_channels
    return [packet for block in (*blocks, None) for packet in context.encode(block)]


def window(packet: bytes) -> int | None:
    """Return the window of a frame: `window_sequence` and `window_shape` of its first channel.

    ``None`` where a frame begins with something else (4.4.2.1, 4.4.2.7).
    """
    bits = int.from_bytes(packet[:4], "big")
    kind, common = bits >> 29, bits >> 24 & 1
    if kind == _SINGLE:
        return bits >> 13 & 7
    if kind == _PAIR:
        return bits >> (20 if common else 12) & 7
    return None


def _blocks(frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
    """Cut sound into blocks, of which only the last one may be shorter; `pts` counts samples."""
    fifo, count = AudioFifo(), 0
    for frame in chain(frames, [None]):
        if frame is not None:
            frame.pts = None
            fifo.write(frame)
        while fifo.samples >= (BLOCK * FRAME if frame is not None else 1):
            block = cast(AudioFrame, fifo.read(BLOCK * FRAME, partial=True))
            block.pts, block.time_base, block.sample_rate = count, _TIME_BASE, SAMPLE_RATE
            count += block.samples
            yield block


def _parts(blocks: Iterable[AudioFrame]) -> Iterator[tuple[int, Sequence[AudioFrame]]]:
    """Yield the blocks of each part, and the number of its first frame."""
    begin, part = 0, list[AudioFrame]()
    for block in blocks:
        if len(part) == PART:
            yield begin, part
            begin += (PART - OVERLAP) * BLOCK
            part = part[-OVERLAP:]
        part.append(block)
    if part:
        yield begin, part


def _ahead(parts: Iterator[_Part], many: int) -> Iterator[_Part]:
    """Yield parts when so many more were begun."""
    begun: deque[_Part] = deque()
    for part in parts:
        begun.append(part)
        if len(begun) > many:
            yield begun.popleft()
    yield from begun


def _joined(parts: Iterator[_Part], begin: _Begin) -> Iterator[Packet]:
    """Yield packets of one part after the other."""
    now, at = next(parts, None), 0
    if now is None:
        return
    for then in parts:
        seam = _seam(now, then)
        if seam is None:
            now = begin(now.begin, [*now.blocks, *then.blocks[OVERLAP:]])
        else:
            yield from now.packets.result()[at - now.begin : seam - now.begin]
            now, at = then, seam
    yield from now.packets.result()[at - now.begin :]


def _seam(now: _Part, then: _Part) -> int | None:
    """Return the frame at which one part takes over from another; ``None``: they do not fit."""
    one, two = (part.packets.result() for part in (now, then))
    for number in range(then.begin + _WARM, then.begin + OVERLAP * BLOCK - _AHEAD):
        before = window(bytes(one[number - now.begin]))
        if before is not None and before == window(bytes(two[number - then.begin])):
            return number + 1
    return None

"""Samples at a sender's rate → samples at 48 kHz of the session's time.

libswresample goes a little faster or slower, by as much as the time of a block differs from that
of what it has returned: of a clock that runs 200 ppm apart 0.2 ms are left. Where nothing differs
samples of 48 kHz go through as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from av.audio.frame import AudioFrame

from ..window import SAMPLE_RATE
from .chain import BATCH, LAYOUTS, Chain, Filter
from .decoding import Run

_FINE = Fraction(1, SAMPLE_RATE * 100)
_RESAMPLE = Filter(
    "aresample",
    # Rates that are a little apart have no ratio that is worth a filter of its own.
    f"osr={SAMPLE_RATE}:osf=fltp:exact_rational=0:min_comp=0.0001:comp_duration=1:max_soft_comp=0.02"
    # Never by dropping samples or inserting silence: a jump begins another stretch.
    ":min_hard_comp=1000000",
)
_JOIN = Filter("asetnsamples", f"n={BATCH}:pad=0")
_MIXES = {(2, 1): "mono|c0=0.5*c0+0.5*c1", (1, 2): "stereo|c0=c0|c1=c0"}
"""From as many channels to as many; libswresample's own change how loud it is."""
_FAR = 1 << 62


class Piece(NamedTuple):
    """Samples at their place."""

    at: int
    """Samples at 48 kHz from the beginning."""
    frame: AudioFrame
    """Planar floats."""
    first: bool
    """Whether it does not go on with what was before."""
    until: int
    """From there on something else is heard."""


class Stretcher:
    """Takes the samples of one stretch after the other.

    Args:
        channels: As which it returns them.
        zero: Second of the session from which it counts.
    """

    def __init__(self, channels: int, zero: float) -> None:
        self._channels = channels
        self._zero = zero
        self._chain: Chain | None = None
        self._begin = 0.0
        self._until = _FAR
        self._first = True

    def add(self, run: Run) -> Iterator[Piece]:
        """Return what is ready."""
        if run.first:
            yield from self.end()
        chain = self._chain
        if chain is None:
            chain = self._chain = self._begun(run)
        if run.until < math.inf:
            self._until = round((run.until - self._zero) * SAMPLE_RATE)
        run.frame.time_base = _FINE
        run.frame.pts = round((run.begin - self._begin) * _FINE.denominator)
        yield from self._pieces(chain.push(run.frame))

    def end(self) -> Iterator[Piece]:
        """Return what is left of a stretch."""
        chain, self._chain = self._chain, None
        if chain is not None:
            yield from self._pieces(chain.end())

    def _begun(self, run: Run) -> Chain:
        self._begin, self._until, self._first = run.begin, _FAR, True
        have = run.frame.layout.nb_channels
        filters = [_RESAMPLE]
        if have != self._channels:
            mix = _MIXES.get((have, self._channels))
            layout = Filter("aformat", f"channel_layouts={LAYOUTS[self._channels]}")
            filters.append(Filter("pan", mix) if mix else layout)
        filters.append(_JOIN)
        return Chain(run.frame, _FINE, filters)

    def _pieces(self, frames: Iterator[AudioFrame]) -> Iterator[Piece]:
        begin = round((self._begin - self._zero) * SAMPLE_RATE)
        for frame in frames:
            yield Piece(begin + (frame.pts or 0), frame, self._first, self._until)
            self._first = False

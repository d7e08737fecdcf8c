"""How strong sound is to ears, tenth by tenth of a second (ITU-R BS.1770-4, annex 1)."""

from __future__ import annotations

import math
from fractions import Fraction

import av.filter
from av.audio.frame import AudioFrame

from ..window import SAMPLE_RATE
from .chain import ready

TENTH = SAMPLE_RATE // 10
"""Samples of one value."""
_HEAD = (
    "b0=1.53512485958697:b1=-2.69169618940638:b2=1.19839281085285"
    ":a0=1:a1=-1.69065929318241:a2=0.73248077421585"
)
"""Table 1: what a head does to sound."""
_LOW = "b0=1:b1=-2:b2=1:a0=1:a1=-1.99004745483398:a2=0.99007225036621"
"""Table 2: what is too low to count."""
_PRECISE = "sample_fmts=dblp"
"""In which sums of hours keep what is quiet."""


class Energies:
    """Weighs sound that passes by.

    libavfilter's ebur128 finds the same in twice the time.

    Args:
        like: A frame of the kind that comes: mono or stereo, at `SAMPLE_RATE`.
    """

    def __init__(self, like: AudioFrame) -> None:
        graph = self._graph = av.filter.Graph()
        self._source = graph.add_abuffer(
            sample_rate=like.sample_rate,
            format=like.format.name,
            layout=like.layout.name,
            time_base=Fraction(1, SAMPLE_RATE),
        )
        head, low = graph.add("biquad", _HEAD), graph.add("biquad", _LOW)
        both, square = graph.add("asplit"), graph.add("amultiply")
        graph.link_nodes(self._source, head, low, both)
        both.link_to(square, 0, 0)
        both.link_to(square, 1, 1)
        # All up to a sample: so only one in a `TENTH` has to be looked at here.
        precise, total = graph.add("aformat", _PRECISE), graph.add("aintegral")
        self._sink = graph.add("abuffersink")
        graph.link_nodes(square, precise, total, self._sink).configure()
        self._at, self._edge, self._before = 0, TENTH, 0.0
        self.found: list[float] = []
        """Of each tenth that is over: the mean square of weighted samples, channels added up."""

    def add(self, frame: AudioFrame) -> None:
        """Weigh a frame, which stays as it is."""
        self._source.push(frame)
        for totals in ready(self._sink):
            self._take(totals)

    def _take(self, totals: AudioFrame) -> None:
        channels = [memoryview(plane).cast("d") for plane in totals.planes]
        while self._edge <= self._at + totals.samples:
            total = math.fsum(channel[self._edge - self._at - 1] for channel in channels)
            self.found.append((total - self._before) / TENTH)
            self._before = total
            self._edge += TENTH
        self._at += totals.samples

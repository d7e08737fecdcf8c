"""libavfilter's filters in a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, cast

import av.filter
from av.audio.frame import AudioFrame
from av.error import BlockingIOError, EOFError
from av.filter.context import FilterContext

from ..window import SAMPLE_RATE

LAYOUTS = {1: "mono", 2: "stereo"}
"""By how many channels they have."""
BATCH = SAMPLE_RATE // 2
"""Samples that go in before it is looked at what came out: to ask for what is not there costs as
much as to filter."""


class Filter(NamedTuple):
    """One of them."""

    name: str
    options: str = ""


class Chain:
    """Sends sound through filters.

    Args:
        like: A frame of the kind that comes.
        time_base: In which frames have their times.
        filters: At least one.
    """

    def __init__(self, like: AudioFrame, time_base: Fraction, filters: Iterable[Filter]) -> None:
        graph = self._graph = av.filter.Graph()
        source = graph.add_abuffer(
            sample_rate=like.sample_rate,
            format=like.format.name,
            layout=like.layout.name,
            time_base=time_base,
        )
        nodes = [graph.add(name, options or None) for name, options in filters]
        self._sink = graph.add("abuffersink")
        graph.link_nodes(source, *nodes, self._sink).configure()
        self._source = source
        self._waiting = 0

    def push(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """Take a frame; return what came out, where it is time to look."""
        self._source.push(frame)
        self._waiting += frame.samples
        if self._waiting < BATCH:
            return iter(())
        self._waiting = 0
        return ready(self._sink)

    def end(self) -> Iterator[AudioFrame]:
        """Return what is left."""
        self._source.push(None)
        return ready(self._sink)


def filtered(
    frames: Iterable[AudioFrame], time_base: Fraction, filters: Sequence[Filter]
) -> Iterator[AudioFrame]:
    """Return sound as it comes out of filters.

    Args:
        frames: All of one kind.
        time_base: In which frames have their times.
        filters: At least one.
    """
    chain: Chain | None = None
    for frame in frames:
        if chain is None:
            chain = Chain(frame, time_base, filters)
        yield from chain.push(frame)
    if chain is not None:
        yield from chain.end()


def ready(sink: FilterContext) -> Iterator[AudioFrame]:
    """Return what comes out of a graph by now."""
    while True:
        try:
            frame = sink.pull()
        except (BlockingIOError, EOFError):
            return
        yield cast(AudioFrame, frame)

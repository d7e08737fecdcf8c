"""Sound of several people → one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import av.filter
from av.audio.frame import AudioFrame
from av.filter.context import FilterContext

from ..session import Person
from ..window import SAMPLE_RATE
from .chain import ready
from .placing import channels, placed

CHANNELS = 2
"""Of what is mixed."""
_LIMIT = 0.89
"""Of full scale, as much as -1 dB."""


class _Track(NamedTuple):
    frames: Iterator[AudioFrame]
    into: Any


def mixed(
    people: Sequence[Person], begin: float, samples: int, notes: list[str]
) -> Iterator[AudioFrame]:
    """Return what is heard of several people at once, each as loud as alone, in stereo.

    Where all of them together would be too loud a limiter holds the sum down.

    Args:
        people: At least one.
        begin: Second of the session.
        samples: As many are returned, at 48 kHz.
        notes: As for `placed`.
    """
    graph = av.filter.Graph()
    mix = graph.add("amix", f"inputs={len(people)}:normalize=0")
    limiter = graph.add("alimiter", f"limit={_LIMIT}:level=0:latency=1")
    form = graph.add(
        "aformat", f"sample_fmts=fltp:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"
    )
    sink = graph.add("abuffersink")
    graph.link_nodes(mix, limiter, form, sink)
    tracks: list[_Track] = []
    for number, person in enumerate(people):
        mono = channels(person) == 1
        source = graph.add_abuffer(
            sample_rate=SAMPLE_RATE,
            format="fltp",
            layout="mono" if mono else "stereo",
            time_base=Fraction(1, SAMPLE_RATE),
        )
        # libswresample's own way to two channels is quieter.
        both = graph.add("pan", f"stereo|c0=c0|c1={'c0' if mono else 'c1'}")
        source.link_to(both)
        both.link_to(mix, 0, number)
        tracks.append(_Track(placed(person, begin, samples, notes), source))
    graph.configure()
    yield from _all(sink, tracks)


def _all(sink: FilterContext, tracks: Sequence[_Track]) -> Iterator[AudioFrame]:
    """Send all through, none much before another one."""
    ends = [0] * len(tracks)
    open_ones = set(range(len(tracks)))
    while open_ones:
        number = min(open_ones, key=lambda one: ends[one])
        frame = next(tracks[number].frames, None)
        tracks[number].into.push(frame)
        if frame is None:
            open_ones.remove(number)
        else:
            ends[number] += frame.samples
        yield from ready(sink)

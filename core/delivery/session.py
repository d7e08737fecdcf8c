"""A session as it is delivered: who was there, and which files hold what of whom. Pure.

A person is a stream: a screen share is one of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..model import Kind, TakeSummary
from ..recording.sidecar import Marker, Sidecar
from .times import Seen, TimeMap, drift


class Clip(NamedTuple):
    """A take in its place."""

    file: Path
    times: Mapping[Kind, TimeMap]
    """Of both kinds, whatever is in the file."""
    seconds: float
    """Length of the file, as far as that is known without reading it."""
    take: TakeSummary | None = None
    """``None`` where there is only the file."""

    @property
    def begin(self) -> float:
        """Second of the session at which it begins."""
        return self.times[Kind.VIDEO].begin

    @property
    def end(self) -> float:
        """Second of the session at which it ends."""
        return self.begin + self.seconds * self.times[Kind.VIDEO].scale


class Person(NamedTuple):
    """A stream, with all its takes in order."""

    stream: str
    label: str
    clips: tuple[Clip, ...]


class Session(NamedTuple):
    """A session in one folder."""

    name: str
    """What its files are called after."""
    folder: Path
    started: float
    """Unix time of its zero."""
    people: tuple[Person, ...]
    markers: tuple[Marker, ...] = ()
    sidecar: Path | None = None
    """``None``: it was put together from names of files."""
    left_out: tuple[str, ...] = ()
    """What is not delivered, and why, in words."""

    @property
    def end(self) -> float:
        """Second at which the last clip ends."""
        return max((clip.end for person in self.people for clip in person.clips), default=0.0)


def session_of(path: Path, sidecar: Sidecar) -> Session:
    """Return the session that a sidecar tells of.

    Args:
        path: Of the sidecar; files are relative to its folder.
        sidecar: What is in it.
    """
    clips: dict[str, list[Clip]] = {}
    labels: dict[str, str] = {}
    left_out: list[str] = []
    for takes in _recordings(sidecar.takes):
        slower = drift(_seen(takes, sidecar.session.started))
        for take in takes:
            if take.node and take.file:
                left_out.append(f"{take.file} is on {take.node}: `roomdeck collect` brings it")
            elif take.reason is None:
                left_out.append(f"{take.file} is still being recorded")
            elif take.file:
                clip = _clip(path.parent, take, takes[0], 1 + slower)
                clips.setdefault(take.stream, []).append(clip)
                labels[take.stream] = take.label or labels.get(take.stream, "")
    people = tuple(
        Person(stream, labels[stream], tuple(sorted(found, key=lambda clip: clip.begin)))
        for stream, found in clips.items()
    )
    return Session(
        name=path.stem,
        folder=path.parent,
        started=sidecar.session.started,
        people=people,
        markers=tuple(sorted(sidecar.markers, key=lambda marker: marker.offset)),
        sidecar=path,
        left_out=tuple(left_out),
    )


def _recordings(takes: Iterable[TakeSummary]) -> Iterator[Sequence[TakeSummary]]:
    """Takes, those together that are parts of one recording, in order."""
    found: dict[tuple[str, str], list[TakeSummary]] = {}
    for take in takes:
        found.setdefault((take.stream, take.recording or take.file), []).append(take)
    for parts in found.values():
        yield sorted(parts, key=lambda take: take.part)


def _seen(takes: Sequence[TakeSummary], started: float) -> Iterator[Seen]:
    """When frames of a recording arrived, on the clock that goes through its parts."""
    for take in takes:
        for kind, points in take.clocks.items():
            place = TimeMap(take.part_begin, 1.0, tuple(take.misplaced.get(kind, ())))
            for point in points:
                yield Seen(place.session(point.pts), point.time - started)


def _clip(folder: Path, take: TakeSummary, first: TakeSummary, scale: float) -> Clip:
    begin = first.offset + (take.part_begin - first.part_begin) * scale
    times = {kind: TimeMap(begin, scale, tuple(take.misplaced.get(kind, ()))) for kind in Kind}
    return Clip(folder / take.file, times, take.seconds, take)

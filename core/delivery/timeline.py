"""The timeline of a delivery: its files in a row, or the masters at their offsets. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

from .picture.index import Index
from .plan import Indexes, PersonPlan, Plan
from .session import Clip, Person, Session
from .sound import channels
from .timecode import day_frame, day_samples
from .timelines import Mark, PersonTrack, Timeline, TimelineClip
from .window import SAMPLE_RATE, USUAL, usual_rate


def of_files(session: Session, plan: Plan, folder: Path, people: Iterable[PersonPlan]) -> Timeline:
    """Return the timeline of delivered files, each from its begin to its end.

    Args:
        session: Whose they are.
        plan: How they were made.
        folder: Where they are.
        people: Those whose files are there.
    """
    tracks = tuple(
        PersonTrack(_name(one.person), (_whole_file(one, plan, folder),)) for one in people
    )
    return _timeline(session, plan, folder, tracks)


def of_masters(
    session: Session,
    plan: Plan,
    indexes: Indexes,
    folder: Path,
    file: Callable[[Clip], Path] = lambda clip: clip.file,
) -> Timeline:
    """Return the timeline of masters, each where it belongs; a sender's drift stays in it.

    Args:
        session: Whose they are.
        plan: Of what window.
        indexes: What is in them.
        folder: Where the timeline is to be.
        file: Which file is used for a take.
    """
    tracks = tuple(
        PersonTrack(_name(person), tuple(_masters(person, plan, indexes, file)))
        for person in session.people
    )
    return _timeline(session, plan, folder, tracks)


def _name(person: Person) -> str:
    return f"{person.label} ({person.stream})" if person.label else person.stream


def _whole_file(one: PersonPlan, plan: Plan, folder: Path) -> TimelineClip:
    picture, seconds = one.picture, float(plan.window.seconds)
    samples = day_samples(plan.wall, plan.utc_offset, SAMPLE_RATE)
    timecode = Fraction(samples, SAMPLE_RATE) if one.form.suffix == ".wav" else None
    if picture is not None:
        timecode = day_frame(plan.wall, plan.utc_offset, picture.fps) / picture.fps
    return TimelineClip(
        file=str(folder / one.file),
        at=0.0,
        seconds=seconds,
        file_seconds=seconds,
        name=_name(one.person),
        has_video=picture is not None,
        has_audio=one.sound,
        width=picture.size[0] if picture else 0,
        height=picture.size[1] if picture else 0,
        fps=picture.fps if picture else None,
        channels=channels(one.person) if one.sound else 0,
        sample_rate=SAMPLE_RATE if one.sound else 0,
        timecode=timecode,
    )


def _masters(
    person: Person, plan: Plan, indexes: Indexes, file: Callable[[Clip], Path]
) -> Iterator[TimelineClip]:
    window = plan.window
    for clip in person.clips:
        begin, end = max(clip.begin, window.begin), min(clip.end, window.end)
        if begin >= end:
            continue
        index = indexes[clip.file]
        width, height = _size(index)
        yield TimelineClip(
            file=str(file(clip)),
            at=begin - window.begin,
            seconds=end - begin,
            source_begin=begin - clip.begin,
            file_seconds=clip.seconds,
            has_video=bool(index.shown),
            has_audio=index.sound,
            width=width,
            height=height,
            fps=usual_rate([index.seconds()]) if index.shown else None,
            channels=channels(person) if index.sound else 0,
            sample_rate=SAMPLE_RATE if index.sound else 0,
        )


def _size(index: Index) -> tuple[int, int]:
    sizes = [(width, height) for width, height, _ in index.sizes()]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _timeline(
    session: Session, plan: Plan, folder: Path, tracks: tuple[PersonTrack, ...]
) -> Timeline:
    clips = [clip for track in tracks for clip in track.clips]
    rates = Counter(clip.fps for clip in clips if clip.fps)
    size = max(((clip.width, clip.height) for clip in clips), default=(0, 0))
    seconds = float(plan.window.seconds)
    marks = (
        Mark(marker.offset - plan.window.begin, marker.text, marker.streams)
        for marker in session.markers
    )
    return Timeline(
        name=session.name,
        begin_wall=plan.wall,
        utc_offset=plan.utc_offset,
        fps=max(rates, key=lambda rate: (rates[rate], rate), default=USUAL),
        seconds=seconds,
        width=size[0],
        height=size[1],
        tracks=tracks,
        markers=tuple(mark for mark in marks if 0 <= mark.at <= seconds),
        folder=str(folder),
    )

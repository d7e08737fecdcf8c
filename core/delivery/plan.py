"""What is to be made of each person. Pure."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..model import Container, Kind
from .names import Names, names_of
from .picture.colours import UNKNOWN, Colours, most_said
from .picture.index import Index
from .picture.pieces import Copied, Cut, Rendered, cut
from .picture.slots import Shown, fill
from .presets import Form, Preset
from .remux import container_of
from .session import Clip, Person, Session
from .sound import Origin
from .timecode import day_frame, format_timecode
from .window import Window, usual_rate, window

Indexes = Mapping[Path, Index]
"""What is in the masters, by their files."""


class Wish(NamedTuple):
    """What somebody wants to have."""

    preset: Preset
    begin: float | None = None
    """Second of the session; ``None``: its zero."""
    end: float | None = None
    """``None``: its end."""
    fps: Fraction | None = None
    """``None``: what each stream mostly had."""
    size: tuple[int, int] | None = None
    """``None``: the largest that each stream had."""
    loudness: float | None = None
    """LUFS; ``None``: as it is."""
    container: Container = Container.MKV
    """Of masters, where that is the preset."""
    check: bool = False
    """Read all masters again, for the report."""
    timeline_of_masters: bool = False
    """Timelines refer to the masters, in place of what is delivered."""
    rough: tuple[str, ...] = ()
    """Rough cuts beside the files, as `grid.rough.ROUGH` names them."""


class PicturePlan(NamedTuple):
    """How a picture is made."""

    size: tuple[int, int]
    fps: Fraction
    clips: tuple[Clip, ...]
    cut: Cut
    """Its clips are numbers of these."""
    colours: Colours = UNKNOWN

    @property
    def copied(self) -> int:
        """How many pictures are copied."""
        return sum(piece.number for piece in self.cut.pieces if isinstance(piece, Copied))

    @property
    def rendered(self) -> int:
        """How many are decoded and encoded."""
        return sum(piece.number for piece in self.cut.pieces if isinstance(piece, Rendered))


class PersonPlan(NamedTuple):
    """How the file of a person is made."""

    person: Person
    file: str
    """Its name."""
    form: Form
    picture: PicturePlan | None
    sound: bool
    remuxed: bool = False
    """It is the person's one take, all of it as it is."""


class Plan(NamedTuple):
    """How a session is delivered."""

    window: Window
    people: tuple[PersonPlan, ...]
    wall: float
    """Unix time at which it begins."""
    utc_offset: float
    """Seconds that local time was ahead of UTC then."""
    rates: Mapping[str, Fraction]
    """Pictures per second of each stream that has any."""

    def timecode(self, fps: Fraction) -> str:
        """Return the timecode of the first picture: the clock of the day, in local time."""
        return format_timecode(day_frame(self.wall, self.utc_offset, fps), fps)

    def origin(self, person: Person) -> Origin:
        """Return what a file of somebody's sound says of itself."""
        return Origin(self.wall, self.utc_offset, person.stream, person.label)


def plan(
    session: Session,
    indexes: Indexes,
    wish: Wish,
    utc_offset: float = 0.0,
    when: Window | None = None,
) -> Plan:
    """Return how a session is delivered; who is not in the window is left out.

    Args:
        session: Whose takes there are.
        indexes: What is in their files.
        wish: What is wanted.
        utc_offset: Seconds that local time was ahead of UTC.
        when: The window, where that was decided with others beside these people.
    """
    rates = {
        person.stream: wish.fps or _usual_rate(person, indexes)
        for person in session.people
        if pictured(person, indexes)
    }
    when = when or _window(session, wish, rates.values())
    names = names_of(session)
    people = (
        one
        for person in present(session, when)
        for one in _plans(person, rates.get(person.stream), indexes, wish, when, names)
    )
    return Plan(when, tuple(people), session.started + when.begin, utc_offset, rates)


def unreadable(
    session: Session, whole: Plan, wish: Wish, why: Callable[[Iterable[Clip]], str]
) -> Iterator[tuple[PersonPlan, str]]:
    """Yield who is not planned though somebody was there, and why, in words.

    Args:
        session: Whose takes there are.
        whole: What is planned.
        wish: What is wanted.
        why: Returns why takes cannot be read, in words; empty where all can.
    """
    planned = {one.person.stream for one in whole.people}
    names = names_of(session)
    for person in present(session, whole.window):
        if person.stream not in planned and (reason := why(inside(person, whole.window))):
            form = wish.preset.form
            file = names.people[person.stream] + form.suffix
            yield PersonPlan(person, file, form, None, False), reason


def _window(session: Session, wish: Wish, rates: Iterable[Fraction]) -> Window:
    begin = 0.0 if wish.begin is None else wish.begin
    end = session.end if wish.end is None else wish.end
    return window(_on_a_second(session.started, begin), end, rates)


def present(session: Session, when: Window) -> list[Person]:
    """Return who is in a window."""
    return [person for person in session.people if inside(person, when)]


def inside(person: Person, when: Window) -> list[Clip]:
    """Return the clips that are, in part at least, in a window."""
    return [clip for clip in person.clips if clip.begin < when.end and clip.end > when.begin]


def _on_a_second(started: float, begin: float) -> float:
    """The whole second of the clock before: it is a frame's at every rate, in timecode."""
    wall = Fraction(started) + Fraction(begin)
    return float(wall // 1 - Fraction(started))


def pictured(person: Person, indexes: Indexes) -> list[Clip]:
    """Return the clips that have pictures."""
    return [clip for clip in person.clips if indexes[clip.file].shown]


def _usual_rate(person: Person, indexes: Indexes) -> Fraction:
    return usual_rate([indexes[clip.file].seconds() for clip in pictured(person, indexes)])


def _plans(
    person: Person,
    fps: Fraction | None,
    indexes: Indexes,
    wish: Wish,
    when: Window,
    names: Names,
) -> Iterator[PersonPlan]:
    if wish.preset.masters:
        for clip in inside(person, when):
            name = names.takes[clip.file]
            yield _master(person._replace(clips=(clip,)), indexes, wish, name)
    else:
        one = _person(person, fps, indexes, wish, when, names.people[person.stream])
        if one.picture or one.sound:
            yield one


def _master(person: Person, indexes: Indexes, wish: Wish, name: str) -> PersonPlan:
    clip = person.clips[0]
    suffix = f".{container_of(clip.take, wish.container)}"
    form = Form(suffix, "", "")
    sound = indexes[clip.file].sound
    return PersonPlan(person, name + suffix, form, None, sound, remuxed=True)


def _person(
    person: Person,
    fps: Fraction | None,
    indexes: Indexes,
    wish: Wish,
    when: Window,
    name: str,
) -> PersonPlan:
    preset = wish.preset
    picture = _picture(person, fps, indexes, wish, when) if fps and preset.picture else None
    sound = any(indexes[clip.file].sound for clip in person.clips)
    form = preset.form if picture else preset.alone
    return PersonPlan(person, name + form.suffix, form, picture, sound)


def _picture(
    person: Person, fps: Fraction, indexes: Indexes, wish: Wish, when: Window
) -> PicturePlan:
    clips = tuple(pictured(person, indexes))
    of_clips = [indexes[clip.file] for clip in clips]
    size = wish.size or _largest(of_clips)
    slots = slots_of(clips, indexes, when, fps)
    colours = most_said(index.colours() for index in of_clips)
    pieces = cut(slots, of_clips, size, wish.preset.copies, colours)
    return PicturePlan(size, fps, clips, pieces, colours)


def slots_of(clips: Sequence[Clip], indexes: Indexes, when: Window, fps: Fraction) -> array[int]:
    """Return which picture of some clips is shown in each slot of a window, as `fill` does."""
    shown = (
        Shown([clip.times[Kind.VIDEO].session(time) for time in index.seconds()], clip.end)
        for clip, index in ((clip, indexes[clip.file]) for clip in clips)
    )
    return fill(when.begin, fps, when.pictures(fps), shown)


def _largest(indexes: Sequence[Index]) -> tuple[int, int]:
    """The size with most pixels; of several, the one that was there for longest. Even."""
    lasts: defaultdict[tuple[int, int], float] = defaultdict(float)
    for index in indexes:
        for width, height, seconds in index.sizes():
            lasts[width, height] += seconds
    width, height = max(lasts, key=lambda size: (size[0] * size[1], lasts[size]))
    return width + width % 2, height + height % 2

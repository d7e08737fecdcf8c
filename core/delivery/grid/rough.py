"""What rough cuts of a session are made of. Pure."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from ..picture.colours import UNKNOWN, Colours, most_said
from ..picture.encoding import X264, Encoding
from ..picture.index import Index
from ..picture.pieces import Cut, Rendered, stretches
from ..picture.render import Part
from ..picture.slots import NONE
from ..plan import Indexes, PersonPlan, PicturePlan, Plan, Wish, pictured, present, slots_of
from ..presets import Form
from ..session import Clip, Person, Session
from ..sound.mixing import CHANNELS
from ..window import USUAL, Window
from .compose import RoughOrder, Seen
from .layout import Scene, follow, grid, scene_at
from .speakers import TICK, turns

GRID = "grid"
FOLLOW = "follow"
ROUGH = (GRID, FOLLOW)
"""Everybody alike; who speaks large."""
SIZE = (1280, 720)
FORM = Form(".mp4", "mp4", "aac", 64)
ENCODING = Encoding(X264, {"preset": "superfast", "crf": "23", "bf": "0"})
_BITS_PER_PIXEL = 0.08
"""About what a picture takes."""
_PIECE = 20
"""Seconds."""


class Chair(NamedTuple):
    """A person of a rough cut."""

    person: Person
    clips: tuple[Clip, ...]
    """Those with pictures."""
    slots: array[int]
    """Which picture is shown, as `fill` returns it; empty where there is none at all."""
    sound: bool


class Rough(NamedTuple):
    """A session as rough cuts show it."""

    plan: Plan
    """Of the files that they are beside."""
    fps: Fraction
    chairs: tuple[Chair, ...]
    colours: Colours = UNKNOWN
    """In the limited range."""

    @property
    def window(self) -> Window:
        """The same for all."""
        return self.plan.window

    @property
    def timecode(self) -> str:
        """Of the first picture."""
        return self.plan.timecode(self.fps)

    @property
    def slots(self) -> int:
        """How many pictures there are."""
        return self.window.pictures(self.fps)

    @property
    def heard(self) -> tuple[Person, ...]:
        """Who has sound."""
        return tuple(chair.person for chair in self.chairs if chair.sound)


def rough(session: Session, indexes: Indexes, wish: Wish, whole: Plan) -> Rough:
    """Return what rough cuts show: everybody who is in the window; nobody, if none is wanted.

    Args:
        session: Whose takes there are.
        indexes: What is in their files.
        wish: What is wanted.
        whole: How the files are made beside which they are.
    """
    people = present(session, whole.window) if wish.rough else []
    fps = wish.fps or _rate(
        [whole.rates[one.stream] for one in people if one.stream in whole.rates]
    )
    chairs = (_chair(person, indexes, whole.window, fps) for person in people)
    there = tuple(chair for chair in chairs if chair.slots or chair.sound)
    return Rough(whole, fps, there, _colours(there, indexes))


def _colours(chairs: Iterable[Chair], indexes: Indexes) -> Colours:
    return most_said(indexes[clip.file].colours() for chair in chairs for clip in chair.clips)


def _rate(rates: Sequence[Fraction]) -> Fraction:
    """The rate that most have; of several the lowest. A window is whole pictures at each."""
    counts = Counter(rates)
    return min(counts, key=lambda rate: (-counts[rate], rate), default=USUAL)


def _chair(person: Person, indexes: Indexes, when: Window, fps: Fraction) -> Chair:
    clips = tuple(pictured(person, indexes))
    slots: array[int] = slots_of(clips, indexes, when, fps) if clips else array("q")
    sound = any(indexes[clip.file].sound for clip in person.clips)
    return Chair(person, clips, slots, sound)


def grid_scenes(cut: Rough) -> tuple[Scene, ...]:
    """Return how everybody is alike."""
    return (Scene(0, grid(len(cut.chairs), SIZE)),)


def follow_scenes(cut: Rough, levels: Mapping[str, Sequence[float]]) -> tuple[Scene, ...]:
    """Return how who speaks is large.

    Args:
        cut: Who is there.
        levels: Of the sound of streams, each tenth of a second.
    """
    number = len(cut.chairs)
    heard = [levels.get(chair.person.stream, ()) for chair in cut.chairs]
    return tuple(
        Scene(round(turn.begin * TICK * cut.fps), follow(number, turn.person, SIZE))
        for turn in turns(heard)
    )


def orders(cut: Rough, indexes: Indexes, scenes: Sequence[Scene]) -> Iterator[RoughOrder]:
    """Yield what pieces are made of, in order."""
    length = round(_PIECE * cut.fps)
    for begin in range(0, cut.slots, length):
        end = min(begin + length, cut.slots)
        seen = (
            Seen(_name(chair.person), tuple(_parts(chair, indexes, begin, end)))
            for chair in cut.chairs
        )
        here = scene_at(scenes, begin, end)
        yield RoughOrder(SIZE, cut.fps, ENCODING, end - begin, tuple(seen), here, cut.colours)


def rough_bytes(cut: Rough) -> float:
    """Return about how many bytes a rough cut and its pieces take."""
    pictures = 2 * cut.slots * SIZE[0] * SIZE[1] * _BITS_PER_PIXEL / 8
    return pictures + float(cut.window.seconds) * CHANNELS * FORM.kilobits * 125


def _name(person: Person) -> str:
    return person.label.strip() or person.stream


def _parts(chair: Chair, indexes: Indexes, begin: int, end: int) -> Iterator[Part]:
    if not chair.slots:
        yield Part(end - begin)
        return
    inside: list[Index] = [indexes[clip.file] for clip in chair.clips]
    slots = chair.slots[begin:end]
    for stretch in stretches(slots, inside):
        number = stretch.end - stretch.begin
        if stretch.clip == NONE:
            yield Part(number)
        else:
            index = inside[stretch.clip]
            yield Part.of(chair.clips[stretch.clip].file, index, stretch.ticks(slots, index))


def file_plan(kind: str, cut: Rough, taken: Iterable[str]) -> PersonPlan:
    """Return a rough cut as one of the files: of nobody's stream.

    Args:
        kind: One of `ROUGH`.
        cut: Who is there.
        taken: Names that others have: somebody may be called like it.
    """
    name, others = kind + FORM.suffix, {other.casefold() for other in taken}
    while name in others:
        name = "_" + name
    everybody = Person("", kind, tuple(clip for chair in cut.chairs for clip in chair.person.clips))
    all_of_it = Rendered(NONE, array("q", [NONE]) * cut.slots)
    picture = PicturePlan(SIZE, cut.fps, (), Cut((all_of_it,), ()))
    return PersonPlan(everybody, name, FORM, picture, bool(cut.heard))

"""What is done for each stretch of a delivered picture: copied, rendered, or black. Pure.

A group of pictures that is H.264 of the right size, with one picture in each slot, is copied as it
is. All else is decoded and encoded, in pieces that begin at key frames as far as they can: each can
be made by another process, and stays when the work is interrupted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...model import Codec
from .colours import UNKNOWN, Colours
from .index import Group, Index
from .parameter_sets import ParameterSets
from .slots import NONE

SHORTEST = 300
"""Slots from which a piece ends at the next key frame."""
LONGEST = 1200
"""Slots after which it ends anywhere."""
BLACK = 300
"""Slots of a black piece; it is made once, and used again and again."""


class Copied(NamedTuple):
    """Groups of pictures that are copied, one picture a slot."""

    clip: int
    begin: int
    """Number of the first picture in the file."""
    number: int


class Rendered(NamedTuple):
    """Slots of one clip that are decoded and encoded."""

    clip: int
    ticks: array[int]
    """Of the picture that each slot shows, in the file's time base."""

    @property
    def number(self) -> int:
        """How many slots it has."""
        return len(self.ticks)


class Black(NamedTuple):
    """Slots without a picture."""

    number: int


Piece = Copied | Rendered | Black


class Cut(NamedTuple):
    """A delivered picture as pieces, in order."""

    pieces: tuple[Piece, ...]
    sets: ParameterSets
    """Those of all pieces that are copied."""


def cut(
    slots: array[int],
    clips: Sequence[Index],
    size: tuple[int, int],
    copy: bool = True,
    colours: Colours = UNKNOWN,
) -> Cut:
    """Return the pieces of a picture.

    Args:
        slots: The picture that each slot shows, counted over all clips, in the order of showing.
        clips: What is in their files.
        size: Width and height that is delivered.
        copy: Whether anything may be copied.
        colours: That are delivered; what has others is converted.
    """
    there = list(stretches(slots, clips))
    copied_from = (one for one in there if copy and _may_be_copied(clips, one))
    wanted = _Wanted(size, colours)
    groups = [group for one in copied_from for group in _whole(slots, clips[one.clip], one, wanted)]
    lengths: Counter[ParameterSets] = Counter()
    for group in groups:
        lengths[group.sets] += group.end - group.begin
    sets = max(lengths, key=lambda one: lengths[one], default=())
    copied = {group.begin: group for group in groups if group.sets == sets}
    pieces: list[Piece] = []
    for stretch in there:
        if stretch.clip == NONE:
            pieces += _black(stretch.end - stretch.begin)
        else:
            pieces += _pieces(slots, clips[stretch.clip], stretch, copied)
    return Cut(tuple(_joined(pieces)), sets)


class Stretch(NamedTuple):
    """Slots of one clip, or black ones."""

    clip: int
    """`NONE`: they are black."""
    first: int
    """Number of the clip's first picture, counted over all clips."""
    begin: int
    end: int

    def ticks(self, slots: array[int], clip: Index) -> array[int]:
        """Return the ticks of the picture that each slot shows.

        Args:
            slots: All of them, those of the stretch as well.
            clip: Whose slots these are.
        """
        return array("q", (clip.shown[one - self.first] for one in slots[self.begin : self.end]))


class _Wanted(NamedTuple):
    """What is copied has to be like."""

    size: tuple[int, int]
    colours: Colours

    def is_like(self, group: Group) -> bool:
        return (group.width, group.height) == self.size and group.colours.fits(self.colours)


class _Whole(NamedTuple):
    """A group of pictures that can be copied, and its slots."""

    picture: int
    """In the file."""
    begin: int
    end: int
    sets: ParameterSets


def stretches(slots: array[int], clips: Sequence[Index]) -> Iterator[Stretch]:
    """Return slots as stretches of one clip; arguments as for `cut`."""
    firsts = [0]
    for clip in clips:
        firsts.append(firsts[-1] + len(clip.shown))
    begin = 0
    while begin < len(slots):
        if slots[begin] == NONE:
            clip, first, after = NONE, 0, range(-1, 0)
        else:
            clip = bisect_right(firsts, slots[begin]) - 1
            first, after = firsts[clip], range(firsts[clip], firsts[clip + 1])
        end = begin + 1
        while end < len(slots) and slots[end] in after:
            end += 1
        yield Stretch(clip, first, begin, end)
        begin = end


def _may_be_copied(clips: Sequence[Index], stretch: Stretch) -> bool:
    return stretch.clip != NONE and clips[stretch.clip].codec is Codec.H264


def _whole(slots: array[int], clip: Index, stretch: Stretch, wanted: _Wanted) -> Iterator[_Whole]:
    """Groups that have one picture in each of their slots, all of them, and are as they should."""
    slot, end = stretch.begin, stretch.end
    for number in range(clip.group_of(slots[slot] - stretch.first), len(clip.groups)):
        group = clip.groups[number]
        begin, after = (stretch.first + picture for picture in clip.span(number))
        slot = bisect_left(slots, begin, slot, end)
        stop = slot + after - begin
        if stop > end or group.sets is None or not wanted.is_like(group):
            continue
        steady = slots[slot:stop] == array("q", range(begin, after))
        if steady and (stop == end or slots[stop] >= after) and clip.is_closed(number):
            yield _Whole(group.begin, slot, stop, group.sets)


def _pieces(
    slots: array[int], clip: Index, stretch: Stretch, copied: Mapping[int, _Whole]
) -> Iterator[Piece]:
    """Copied groups as they are, and what is between them in pieces."""
    pending = begin = stretch.begin
    while begin < stretch.end:
        group = copied.get(begin)
        if group is not None:
            yield from _rendered(slots, clip, stretch, pending, begin)
            yield Copied(stretch.clip, group.picture, group.end - group.begin)
            pending = begin = group.end
        else:
            begin += 1
    yield from _rendered(slots, clip, stretch, pending, stretch.end)


def _rendered(
    slots: array[int], clip: Index, stretch: Stretch, begin: int, end: int
) -> Iterator[Rendered]:
    """Pieces that begin at key frames, as far as there are enough of these."""
    while begin < end:
        stop = _stop(slots, clip, stretch, begin, min(end, begin + LONGEST))
        part = stretch._replace(begin=begin, end=stop)
        yield Rendered(stretch.clip, part.ticks(slots, clip))
        begin = stop


def _stop(slots: array[int], clip: Index, stretch: Stretch, begin: int, latest: int) -> int:
    """The slot of the first key frame after `SHORTEST`; the latest one where there is none."""
    number = clip.group_of(slots[begin] - stretch.first) + 1
    while number < len(clip.groups):
        slot = bisect_left(slots, stretch.first + clip.groups[number].begin, begin, latest)
        if slot >= begin + SHORTEST:
            return slot
        number += 1
    return latest


def _black(number: int) -> Iterator[Black]:
    while number > 0:
        yield Black(min(number, BLACK))
        number -= BLACK


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Groups that are copied one after the other, as one piece."""
    last: Piece | None = None
    for piece in pieces:
        if isinstance(last, Copied) and isinstance(piece, Copied) and _follows(last, piece):
            last = last._replace(number=last.number + piece.number)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _follows(one: Copied, other: Copied) -> bool:
    return one.clip == other.clip and one.begin + one.number == other.begin

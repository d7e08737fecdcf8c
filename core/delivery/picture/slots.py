"""Pictures with times of their own → a constant rate: which of them is shown in which slot. Pure.

Slot n is shown from n / fps on. A camera's pictures come every 33 ms, give or take a few: rounded
one by one, some slots would have two and their neighbours none, although none is missing. So who
keeps the beat stays on it, until the whole of it is off by more than half a slot.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import NamedTuple

NONE = -1
"""In a slot that shows no picture."""
HELD = 1.0
"""Seconds between two takes for which the last picture stays; longer than that it is black."""
_REGULAR = 0.06
"""Slots by which the usual distance of pictures may be less or more than a whole number."""
_OFF_BEAT = 0.45
"""Slots by which a picture may be off the beat; another one has begun where it is more."""
_FAR = 0.9
"""Slots by which a picture may be off its own."""
_OFF = 0.57
"""Slots by which the beat may be off the slots."""
_MEMORY = 32
"""Pictures over which it is seen how far it is."""


class Shown(NamedTuple):
    """The pictures of one clip, on the time of the session."""

    times: Iterable[float]
    """Second of each picture, in order."""
    end: float
    """Second up to which the last of them is shown."""


def slots_of(positions: Sequence[float]) -> Iterable[int]:
    """Give each picture of a clip a slot.

    Args:
        positions: Where pictures belong, in slots, in order.

    Returns:
        A slot for each; where two have the same, the second one takes it.
    """
    apart = median([later - one for one, later in pairwise(positions)] or [0.0])
    regular = round(apart) > 0 and abs(apart - round(apart)) < _REGULAR
    return _on_the_beat(positions) if regular else map(round, positions)


def _on_the_beat(positions: Iterable[float]) -> Iterator[int]:
    slot, off, known = 0, 0.0, 0
    for position in positions:
        ahead = position - slot - off
        steps = round(ahead)
        late = position - slot - steps
        if not known or abs(ahead - steps) > _OFF_BEAT or abs(late) > _FAR:
            slot = round(position)
            off, known = position - slot, 1
        else:
            known = min(known + 1, _MEMORY)
            slot += steps
            off += (ahead - steps) / known
            if known == _MEMORY and abs(off) > _OFF:
                slot, off = slot + round(off), off - round(off)
        yield slot


def fill(begin: float, fps: Fraction, number: int, clips: Iterable[Shown]) -> array[int]:
    """Return which picture is shown in each slot, counted over all clips, or `NONE`.

    Args:
        begin: Second of the session of slot 0.
        fps: Slots per second.
        number: How many slots there are.
        clips: In order; where two overlap, the later one is shown.
    """
    slots = array("q", [NONE]) * number
    rate, picture, ended = float(fps), NONE, 0
    for clip in clips:
        since: int | None = None
        for slot in slots_of([(time - begin) * rate for time in clip.times]):
            if since is not None:
                _show(slots, since, slot, picture)
            elif picture != NONE and slot - ended <= HELD * rate:
                _show(slots, ended, slot, picture)
            since, picture = slot, picture + 1
        if since is not None:
            ended = max(since + 1, round((clip.end - begin) * rate))
            _show(slots, since, ended, picture)
    return slots


def _show(slots: array[int], begin: int, end: int, picture: int) -> None:
    begin, end = max(0, begin), min(end, len(slots))
    if begin + 1 == end:
        slots[begin] = picture
    elif begin < end:
        slots[begin:end] = array("q", [picture]) * (end - begin)

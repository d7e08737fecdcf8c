"""Levels of everybody's sound → who is large, and from when on. Pure.

A voice goes up and down several times a second; a fan, a hum or an open microphone stay where they
are. So who is well above what was least around is loud, who is loud with no more than short pauses
talks, and who talks alone for a while is looked at. All that is known beforehand: one is looked at
from the first word on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

TICK = 0.1
"""Seconds of a level."""
QUIET = -50.0
"""Decibels of full scale that a voice is above."""
_AROUND = 15
"""Ticks before and behind one among which the floor is looked for."""
_LEAST = 3
"""As many of them may be below the floor."""
_RISE = 6.0
"""Decibels from the floor from which on it is loud."""
_MASKED = 12.0
"""Decibels below the loudest from which on it is the voice of another one, in a room or an ear."""
_NEAR = 3
"""Ticks before and behind among which that one is looked for."""
_PAUSE = 5
"""Ticks that somebody may be quiet who goes on talking."""
_NOISE = 8
"""Ticks below which it is no talk: a cough, a door, yes."""
ALONE = 15
"""Ticks that somebody has to talk alone to be looked at."""
STAYS = 20
"""Ticks that somebody is looked at, at least."""

_Levels = Sequence[float]


class Turn(NamedTuple):
    """From when on somebody is looked at."""

    begin: int
    """Tick."""
    person: int


def turns(levels: Sequence[_Levels]) -> list[Turn]:
    """Return who is looked at; where nobody talks, or several do, it stays who it was.

    Args:
        levels: Of each person and tick, in decibels of full scale; those of nobody may be empty.

    Returns:
        In order; the first one begins at 0.
    """
    found = [Turn(0, 0)]
    at = 0
    for person, ticks in groupby(_alone(levels)):
        begin, at = at, at + len(list(ticks))
        if person is None or person == found[-1].person:
            continue
        # The first one was chosen by nobody.
        begin = max(begin, found[-1].begin + STAYS) if len(found) > 1 else begin
        if at - begin >= ALONE:
            found.append(Turn(begin, person))
    return found


def _alone(levels: Sequence[_Levels]) -> Iterator[int | None]:
    """Yield for each tick who talks and nobody else does."""
    count = max(map(len, levels), default=0)
    loudest = [
        max((one[tick] for one in levels if tick < len(one)), default=QUIET)
        for tick in range(count)
    ]
    near = [max(loudest[max(0, tick - _NEAR) : tick + _NEAR + 1]) for tick in range(count)]
    talks = [_talks(one, near) for one in levels]
    for tick in range(count):
        talking = [person for person, one in enumerate(talks) if tick < len(one) and one[tick]]
        yield talking[0] if len(talking) == 1 else None


def _talks(levels: _Levels, loudest: _Levels) -> list[bool]:
    loud = [
        level > max(QUIET, _floor(levels, tick) + _RISE) and level > loudest[tick] - _MASKED
        for tick, level in enumerate(levels)
    ]
    return _without(_without(loud, False, _PAUSE), True, _NOISE)


def _floor(levels: _Levels, tick: int) -> float:
    around = sorted(levels[max(0, tick - _AROUND) : tick + _AROUND + 1])
    return around[min(_LEAST, len(around) // 4)]


def _without(ticks: list[bool], what: bool, below: int) -> list[bool]:
    """Turn what is shorter than that into its contrary; pauses at both ends are none."""
    found: list[bool] = []
    for one, run in groupby(ticks):
        length = len(list(run))
        at_end = not what and (not found or len(found) + length == len(ticks))
        short = one is what and length < below and not at_end
        found += [one is not short] * length
    return found

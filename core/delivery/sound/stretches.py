"""Packets and their times → stretches of sound that goes on without a jump, at smooth times. Pure.

What a packet says of its time jitters (whole milliseconds of Matroska, senders that stamp by a busy
clock), and creeps against the count of samples where two clocks run apart. Sound is heard at the
mean of what its neighbours say. Only what is `JUMP` or more away from there is a jump: something
is missing, or a clock was put right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

Source = TypeVar("Source")
Data = TypeVar("Data")

JUMP = 0.015
"""Seconds; less than a lost packet of 20 ms."""
NEIGHBOURS = 100
"""Packets on each side whose times count: two seconds of packets of 20 ms."""
DOUBT = 16
"""Packets after which a jump is one: up to there it may be their stamps that are wrong."""
LENGTH = 0.4999
"""Seconds from which on a block is full: of shorter ones each costs as much as a packet does."""
_LINE = 25
"""Packets that say where the next one is expected."""


class Sound(NamedTuple, Generic[Source, Data]):
    """A packet of sound."""

    begin: float
    """Second of the session."""
    seconds: float
    """How long it lasts."""
    source: Source
    """What decodes it; what is of another one does not go on in it."""
    data: Data


class Block(NamedTuple, Generic[Source, Data]):
    """Packets that follow each other."""

    begin: float
    """Second of the session, smooth."""
    sounds: list[Sound[Source, Data]]
    first: bool
    """Whether a stretch begins with it."""
    until: float = math.inf
    """From there on something else is heard."""


def blocks(sounds: Iterable[Sound[Source, Data]]) -> Iterator[Block[Source, Data]]:
    """Return sound in the order in which it came, block by block.

    Where one stretch begins before another one ends, the later one is heard from there on, as far
    as the other one was not returned already (two seconds).

    Args:
        sounds: In the order of their files, which need not be that of their times.
    """
    now: _Stretch[Source, Data] | None = None
    doubted: _Stretch[Source, Data] | None = None
    for sound in sounds:
        if now is None:
            now = _Stretch(sound)
        elif doubted is None:
            if now.goes_on_with(sound):
                now.add(sound)
                if now.has_block:
                    yield now.block()
            else:
                doubted = _Stretch(sound)
        elif doubted.goes_on_with(sound):
            doubted.add(sound)
            if len(doubted.sounds) >= DOUBT:
                yield from now.rest(doubted)
                now, doubted = doubted, None
        elif now.goes_on_with(sound, doubted.seconds):
            now.adopt(doubted)
            now.add(sound)
            doubted = None
        else:
            yield from now.rest(doubted)
            now, doubted = doubted, _Stretch(sound)
    if now is not None:
        yield from now.rest(doubted)
    if doubted is not None:
        yield from doubted.rest(None)


class _Stretch(Generic[Source, Data]):
    """Sound without a jump; what is far behind is forgotten."""

    def __init__(self, first: Sound[Source, Data]) -> None:
        self.sounds = [first]
        """Those behind `_next` were returned."""
        self.seconds = first.seconds
        """All of it together."""
        self._source = first.source
        self._at = [0.0]
        """Seconds of sound before each."""
        self._off = [first.begin]
        """How much later than that each says it is."""
        self._line = first.begin
        self._count = 1
        self._next = 0
        self._fresh = True

    def goes_on_with(self, sound: Sound[Source, Data], after: float = 0.0) -> bool:
        """Whether a packet is what is expected next, or after so many seconds of others."""
        if sound.source is not self._source:
            return False
        return abs(sound.begin - self.seconds - after - self._line) < JUMP

    def add(self, sound: Sound[Source, Data]) -> None:
        """Take the next packet."""
        off = sound.begin - self.seconds
        self._count += 1
        self._line += (off - self._line) / min(self._count, _LINE)
        self._put(sound, off)

    def adopt(self, other: _Stretch[Source, Data]) -> None:
        """Take packets whose stamps are not believed: they are where they are expected."""
        for sound in other.sounds:
            self._put(sound, self._line)

    @property
    def has_block(self) -> bool:
        """Whether the times of the next block are known from both sides."""
        return len(self.sounds) - self._next > NEIGHBOURS + _LINE

    def block(self, until: float = math.inf) -> Block[Source, Data]:
        """Return the next packets, one at least."""
        begin = end = self._next
        full = self._at[begin] + LENGTH
        count = len(self.sounds)
        while end < count and self._at[end] < full:
            end += 1
        off = self._off[max(0, begin - NEIGHBOURS) : begin + NEIGHBOURS + 1]
        at = self._at[begin] + sum(off) / len(off)
        found = Block(at, self.sounds[begin:end], self._fresh, until)
        self._next, self._fresh = end, False
        if end > 4 * NEIGHBOURS:
            self._forget(end - NEIGHBOURS)
        return found

    def rest(self, then: _Stretch[Source, Data] | None) -> Iterator[Block[Source, Data]]:
        """Return all that was not returned, up to where another one begins."""
        until = math.inf
        if then is not None and self._next < len(self.sounds):
            until = then.sounds[0].begin
            lost = self._fresh and len(self.sounds) < DOUBT
            if until <= self._line + self._at[self._next] and not lost:
                # A step back over all that is known: the other one begins where this one ends.
                until = math.inf
        while self._next < len(self.sounds):
            yield self.block(until)

    def _put(self, sound: Sound[Source, Data], off: float) -> None:
        self.sounds.append(sound)
        self._at.append(self.seconds)
        self._off.append(off)
        self.seconds += sound.seconds

    def _forget(self, count: int) -> None:
        del self.sounds[:count], self._at[:count], self._off[:count]
        self._next -= count

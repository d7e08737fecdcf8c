"""What came of a stream that is not recorded, so that a take of it may begin in the past. Pure.

What is held are the very hand-overs that a recorder would have had, with their times, sender
reports and counters: a take that begins with them is as one that began then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from ..model import EncodedFrame, Kind, PacketCounts
from .hand_over import HandOver
from .recorder import OVERLAP

STREAM_LIMIT = 64_000_000
"""Bytes that are held of one stream at most."""
GROUP = 30.0
"""Seconds by which a key frame may be older than what is to be held; an older one goes, with what
follows it up to the next."""


class PreRoll:
    """Holds the last seconds of one stream, from a key frame on where there is one.

    Sound from before it is held for as long as a recorder could need it; where no picture was
    there so long ago, all sound is. Pictures that nothing can be begun with are not held.

    Args:
        seconds: So much is to be held.
        limit: Bytes; past them the oldest goes, so that it is less.
    """

    def __init__(self, seconds: float, limit: int = STREAM_LIMIT) -> None:
        self._seconds, self._limit = seconds, limit
        self._held: deque[HandOver] = deque()
        self._keys: deque[EncodedFrame] = deque()
        """Key frames among it, of which the first is the first picture that is held."""
        self._floor = float("-inf")
        """Arrival before which no sound is wanted."""
        self._before: Mapping[Kind, PacketCounts] = {}
        """Totals when what was let go of last had come."""
        self.bytes = 0
        self.wants_key_frame = False
        """Pictures come with which nothing can be begun."""

    @property
    def since(self) -> float | None:
        """Arrival of what a take would begin with; ``None`` where nothing is held."""
        if not self._held:
            return None
        return self._keys[0].arrival if self._keys else max(self._held[0].now, self._floor)

    def hold(self, came: HandOver) -> None:
        """Hold what came, and let go of what is too old or too much."""
        kept = [frame for frame in came.frames if self._is_of_use(frame)]
        self._held.append(came._replace(frames=kept))
        self.bytes += self._held[-1].memory
        self.age(came.now)
        while self.bytes > self._limit and self.let_go():
            pass

    def take(self, now: float) -> list[HandOver]:
        """Return what a take is to begin with, in order, and hold nothing any more."""
        self.age(now)
        held, first = list(self._held), self._keys[0] if self._keys else None
        before = HandOver((), {}, self._before, *_times(held))
        found = _from(first, self._floor, held) if first else _sound(self._floor, held)
        self.clear()
        return [before, *found] if found else []

    def clear(self) -> None:
        """Hold nothing any more."""
        self._held.clear()
        self._keys.clear()
        self._floor, self._before, self.bytes = float("-inf"), {}, 0
        self.wants_key_frame = False

    def let_go(self) -> bool:
        """Let go of the oldest pictures with what belongs to them, else of the oldest sound.

        Returns:
            Whether there was any.
        """
        if len(self._keys) > 1:
            self._begin_later()
            self._strip()
        elif self._keys:
            self._keys.clear()
            self._strip()
        elif self._held:
            self._pop()
        else:
            return False
        return True

    def _is_of_use(self, frame: EncodedFrame) -> bool:
        if frame.codec.kind is Kind.AUDIO:
            return True
        if frame.key and frame.width and frame.height:
            self._keys.append(frame)
            self.wants_key_frame = False
        elif not self._keys:
            self.wants_key_frame = True
        return bool(self._keys)

    def age(self, now: float) -> None:
        """Let go of what is too old, also where nothing comes."""
        begin = now - self._seconds
        while len(self._keys) > 1 and self._keys[1].arrival <= begin:
            self._begin_later()
        if self._keys and self._keys[0].arrival < begin - GROUP:
            self._keys.popleft()
            self._strip()
        wanted = self._keys[0].arrival - OVERLAP if self._keys else begin
        self._raise_floor(min(begin, wanted))

    def _begin_later(self) -> None:
        """Begin with the second key frame."""
        self._keys.popleft()
        self._raise_floor(self._keys[0].arrival - OVERLAP)

    def _raise_floor(self, floor: float) -> None:
        self._floor = max(self._floor, floor)
        while self._held and self._held[0].now < self._floor:
            self._pop()

    def _pop(self) -> None:
        gone = self._held.popleft()
        self._before = gone.packets
        self.bytes -= gone.memory

    def _strip(self) -> None:
        """Let go of pictures from before the first key frame."""
        first = self._keys[0] if self._keys else None
        self._held = deque(_without_pictures_before(first, self._held))
        self.bytes = sum(one.memory for one in self._held)


def _times(held: Sequence[HandOver]) -> tuple[float, float]:
    return (held[0].now, held[0].wall) if held else (0.0, 0.0)


def _without_pictures_before(
    first: EncodedFrame | None, held: Iterable[HandOver]
) -> list[HandOver]:
    found: list[HandOver] = []
    begun = False
    for one in held:
        kept: list[EncodedFrame] = []
        for frame in one.frames:
            begun = begun or frame is first
            if begun or frame.codec.kind is Kind.AUDIO:
                kept.append(frame)
        found.append(one._replace(frames=kept))
    return found


def _sound(floor: float, held: Sequence[HandOver]) -> list[HandOver]:
    """Return hand-overs without frames of sound that are older."""
    return [
        one._replace(
            frames=[
                frame
                for frame in one.frames
                if frame.codec.kind is not Kind.AUDIO or frame.arrival >= floor
            ]
        )
        for one in held
    ]


def _from(first: EncodedFrame, floor: float, held: Sequence[HandOver]) -> list[HandOver]:
    """Return hand-overs whose first picture is a key frame.

    It comes before the sound of a moment ago, as where a take goes on from another one: a recorder
    would begin without a picture else. It does so where sound alone came long before, as it is.
    """
    found = _sound(floor, _without_pictures_before(first, held))
    at = next(n for n, one in enumerate(found) if any(frame is first for frame in one.frames))
    lead = [frame for one in found[:at] for frame in one.frames]
    if lead and lead[0].arrival < first.arrival - OVERLAP:
        return found
    rest = [frame for frame in found[at].frames if frame is not first]
    before = [one._replace(frames=()) for one in found[max(0, at - 1) : at]]
    return [*before, found[at]._replace(frames=[first, *lead, *rest]), *found[at + 1 :]]

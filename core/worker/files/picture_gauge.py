"""What pictures show at a glance: whether they are black, or do not move.

Key frames are looked at now and then, as often as a share of the machine lasts. Between those, how
large they are tells that there may be something to see: a picture that is covered or hangs takes
other sizes than before, and so does what comes between key frames. Then, and at the moment at which
what was seen is an alarm if it still is so, one is looked at in haste.

Real pages send the same picture twice with cells that differ by up to 5 of 255, with or without the
noise of a camera; who moves their head moves an edge, and with it a cell by more.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from ...model import Codec, EncodedFrame, Kind, PictureMeter
from .departure import Departure
from .looks import AHEAD, MOST, Looks

DARK = 24
"""Brightness that nothing in a black picture has: a tenth of white, with the noise of a lens that
is covered."""
ALIKE = 6
"""Most difference of any cell where nothing moved."""
UNSEEN = AHEAD + 2 * MOST
"""Seconds between two key frames that were looked at after which nobody can tell what was between
them."""
FAR_KEY, FAR = 3.0, 4.5
"""As of `Departure`: for a key frame, which is there already, and for others, of which many come,
and where one has to be asked for."""
WEIGHED = 1.0
"""Seconds of which it is counted how much comes."""
PICTURES = frozenset(codec for codec in Codec if codec.kind is Kind.VIDEO)
SURE = 0.01
"""Seconds after which something has lasted for as long as it has to, however it is rounded."""
ASK = 2.0
"""Seconds that a sender has to send a key frame before another one is asked for."""


class PictureGauge:
    """Keeps what was seen of one stream's pictures. Pure.

    Args:
        black: Seconds after which black pictures are an alarm; 0: never.
        frozen: The same for those that do not move.
    """

    def __init__(self, black: float = 0.0, frozen: float = 0.0) -> None:
        self._alarms = black or inf, frozen or inf
        self._looks = Looks()
        self._looking: float | None = None
        """When what is being looked at arrived."""
        self._key_frame = -inf
        """When the last one arrived."""
        self._key_frames = Departure(FAR_KEY)
        self._others = Departure(FAR)
        self._weight = 0
        """Bytes of others that came since they were weighed."""
        self._weighed: float | None = None
        """When they were."""
        self._suspected = -inf
        """When something was, by how large pictures are."""
        self._asked = -inf
        self._after = -inf
        """When what was looked at last had arrived, or it was forgotten."""
        self._black_since: float | None = None
        self._still_since = 0.0
        self._still = b""
        """How it looked then."""
        self._moment = inf
        """At which what was seen is an alarm, if it still is so."""

    def see(self, frames: Sequence[EncodedFrame]) -> None:
        """Take note of frames on their way to the file; those with a width are key frames."""
        last = None
        for frame in frames:
            if frame.width:
                self._key_frame = frame.arrival
                if self._key_frames.see(len(frame.data)):
                    self._suspect(frame.arrival)
            elif frame.codec in PICTURES:
                self._weight += len(frame.data)
                last = frame.arrival
        if last is None:
            return
        if self._weighed is None:
            self._weight, self._weighed = 0, last
        elif last - self._weighed >= WEIGHED:
            self._weigh(last - self._weighed, last)

    def rests(self, now: float) -> bool:
        """Whether nothing is to be looked at or asked for now, whatever came."""
        return self._looking is not None or not (
            self._is_hasty(now) or self._looks.may(now, haste=False)
        )

    def asks(self, now: float) -> bool:
        """Whether there is to be a key frame to look at in haste; it counts as asked for."""
        if (
            self._looking is not None
            or self._is_hasty(self._key_frame)
            or not self._is_hasty(now)
            or now - self._asked < ASK
            or not self._looks.may(now, haste=True)
        ):
            return False
        self._asked = now
        return True

    def due(self, frame: EncodedFrame, now: float) -> bool:
        """Whether a key frame is to be looked at; it counts as being looked at then."""
        if self._looking is not None or frame.arrival <= self._after:
            return False
        due = self._looks.may(now, haste=self._is_hasty(frame.arrival))
        self._looking = frame.arrival if due else None
        return due

    def missed(self, now: float) -> None:
        """Take that it could not be looked at; it is tried again, and no other is asked for."""
        self._looking = None
        self._looks.missed(now)

    def forget(self, now: float) -> None:
        """Begin anew with what arrives from now on: nobody sees what it looks like."""
        self._after = now
        self._black_since, self._still = None, b""
        self._moment = inf

    def saw(self, arrival: float, cells: bytes, took: float, now: float) -> None:
        """Take how a key frame looks.

        Args:
            arrival: When it arrived.
            cells: As from `greys`; empty where it did not decode.
            took: Seconds of a core.
            now: Monotonic seconds.
        """
        self._looking = None
        self._looks.took(took, now)
        if arrival <= self._after:
            return
        if arrival - self._after > UNSEEN:
            self.forget(self._after)
        suspected = self._after < self._suspected <= arrival
        self._after = arrival
        if not cells or max(cells) > DARK:
            self._black_since = None
        elif self._black_since is None:
            self._black_since = arrival
        moved = not cells or _difference(self._still, cells) > ALIKE
        if moved:
            self._still, self._still_since = cells, arrival
        self._moment = self._next_moment(suspected or not moved)

    def meter(self) -> PictureMeter | None:
        """Return what is known; ``None`` where nothing was seen."""
        if not self._still:
            return None
        black = 0.0 if self._black_since is None else self._after - self._black_since
        return PictureMeter(black=black, frozen=self._after - self._still_since)

    def alarming(self) -> tuple[bool, bool]:
        """Return whether what was seen is an alarm: black, and frozen."""
        meter = self.meter() or PictureMeter()
        black, frozen = self._alarms
        return meter.black >= black, meter.frozen >= frozen

    def _weigh(self, seconds: float, at: float) -> None:
        if self._others.see(self._weight / seconds):
            self._suspect(at)
        self._weight, self._weighed = 0, at

    def _suspect(self, at: float) -> None:
        """There may be something to see since then."""
        seen = self._after if self._looking is None else max(self._after, self._looking)
        if self._suspected <= seen:
            self._suspected = at

    def _is_hasty(self, at: float) -> bool:
        """Whether there is a reason to look at once at what arrives then."""
        after = self._after
        return after < self._suspected <= at or after < self._moment <= at

    def _next_moment(self, may_be_still: bool) -> float:
        black, frozen = self._alarms
        moments = [self._still_since + frozen] if self._still and may_be_still else []
        if self._black_since is not None:
            moments.append(self._black_since + black)
        return min((it + SURE for it in moments if it + SURE > self._after), default=inf)


def _difference(one: bytes, other: bytes) -> int:
    if len(one) != len(other):
        return 255
    return max(abs(a - b) for a, b in zip(one, other, strict=True))

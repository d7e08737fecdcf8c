"""What pictures show at a glance: whether they are black, or do not move.

Key frames are looked at now and then, as often as a share of the machine lasts. Real pages send the
same picture twice with cells that differ by up to 5 of 255, with or without the noise of a camera;
who moves their head moves an edge, and with it a cell by more.
"""

from __future__ import annotations

from ...model import EncodedFrame, PictureMeter

SHARE = 0.0002
"""Of a core that looking at one stream may take: a thirtieth of what recording it takes
(docs/cost.md)."""
LEAST = 8.0
"""Seconds between two looks, however little they take."""
MOST = 120.0
"""The same, however much."""
DARK = 24
"""Brightness that nothing in a black picture has: a tenth of white, with the noise of a lens that
is covered."""
ALIKE = 6
"""Most difference of any cell where nothing moved."""


UNSEEN = 2 * MOST
"""Seconds between two key frames that were looked at after which nobody can tell what was between
them."""


class PictureGauge:
    """Keeps what was seen of one stream's pictures. Pure."""

    def __init__(self) -> None:
        self._due = float("-inf")
        self._after = float("-inf")
        """When what was looked at last had arrived, or it was forgotten."""
        self._black_since: float | None = None
        self._still_since = 0.0
        self._still = b""
        """How it looked then."""

    def due(self, frame: EncodedFrame, now: float) -> bool:
        """Whether a key frame is to be looked at; it counts as being looked at then."""
        if now < self._due or frame.arrival <= self._after:
            return False
        self._due = now + MOST
        return True

    def missed(self, now: float) -> None:
        """Take that it could not be looked at."""
        self._due = now + LEAST

    def forget(self, now: float) -> None:
        """Begin anew with what arrives from now on: nobody sees what it looks like."""
        self._after = now
        self._black_since, self._still = None, b""

    def saw(self, arrival: float, cells: bytes, took: float, now: float) -> None:
        """Take how a key frame looks.

        Args:
            arrival: When it arrived.
            cells: As from `greys`; empty where it did not decode.
            took: Seconds of a core.
            now: Monotonic seconds.
        """
        self._due = now + min(MOST, max(LEAST, took / SHARE))
        if arrival <= self._after:
            return
        if arrival - self._after > UNSEEN:
            self.forget(self._after)
        self._after = arrival
        if not cells or max(cells) > DARK:
            self._black_since = None
        elif self._black_since is None:
            self._black_since = arrival
        if not cells or _difference(self._still, cells) > ALIKE:
            self._still, self._still_since = cells, arrival

    def meter(self) -> PictureMeter | None:
        """Return what is known; ``None`` where nothing was seen."""
        if not self._still:
            return None
        black = 0.0 if self._black_since is None else self._after - self._black_since
        return PictureMeter(black=black, frozen=self._after - self._still_since)


def _difference(one: bytes, other: bytes) -> int:
    if len(one) != len(other):
        return 255
    return max(abs(a - b) for a, b in zip(one, other, strict=True))

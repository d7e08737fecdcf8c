"""Presentation times in decode order → decode times. Pure.

A picture that refers to a later one (a B-frame) is sent after it: presentation times go back
and forth, RTP says nothing of decode times (RFC 6184, 5.1; RFC 7798, 4.1), and containers
want both.
"""

from __future__ import annotations

from heapq import heappush, heappushpop

MAX_DEPTH = 16
"""Pictures that a decoder keeps back at most (H.264 A.3.1, H.265 A.4.2)."""
FRAME = 3000
"""Ticks of 90 kHz between the first picture and those that might have been before it."""
STEP = 90
"""A whole millisecond, so that coarse containers see two times as well."""
FAR = 90_000
"""Ticks of 90 kHz; a picture further back is not in another order, its time is wrong."""


class DecodeTimes:
    """Gives the pictures of one track, in the order of sending, their decode times.

    Where at most ``depth`` pictures that are shown later are sent before any picture, that of
    picture n is the (n - depth)th smallest presentation time: it is known by then, increases
    strictly, and is never after the picture's own. Times are ticks of 90 kHz.
    """

    def __init__(self, *, reorders: bool) -> None:
        """Begin with depth 0.

        Args:
            reorders: The codec can do that; then more depth is believed when it is seen.
        """
        self.depth = 0
        self._reorders = reorders
        self._latest: list[int] = []
        """Heap of the depth + 1 largest presentation times."""
        self._last: int | None = None

    def deepen(self, depth: int) -> None:
        """Take what the next picture says; it never gets less, for time cannot step back."""
        self.depth = max(self.depth, min(depth, MAX_DEPTH))

    def next(self, pts: int) -> int:
        """Return the decode time of the next picture.

        It is later than ``pts`` only where that cannot be kept: two pictures at one time, or
        one from further back than anything said.
        """
        last, latest = self._last, self._latest
        if not self.depth and last is not None and pts > last:
            latest[0] = self._last = pts
            return pts
        if last is not None and pts <= last:
            if self._reorders and last - FAR < pts < last:
                self.deepen(self.depth + 1)
            pts = last + STEP
        while len(latest) < self.depth:
            heappush(latest, (latest[0] if latest else pts) - FRAME)
        if len(latest) > self.depth:
            heappushpop(latest, pts)
        else:
            heappush(latest, pts)
        dts = latest[0]
        if last is not None and dts <= last:
            dts = min(pts, last + STEP)
        self._last = dts
        return dts

"""When a recording goes on in another file. Pure."""

from __future__ import annotations

import math

ASK_BEFORE = 2.0
"""Seconds before a file would be too large in which a key frame is asked for, and comes."""
ASK_LONG_BEFORE = 20.0
"""The same where the file system takes no more: without one, frames would be lost."""
_AHEAD = 1.0
"""The same for one that would be too long."""
_WINDOW = 1.0
"""Seconds over which growth is measured."""


def next_split(began: float, since: float, every: float) -> float:
    """Return when to begin to ask for the key frame at which a file is to end.

    Files end at multiples of ``every``, so that they do not drift away from them: each is a
    little early, for a key frame takes a while to come and the next one must not be late.

    Args:
        began: Arrival of the first frame of the file, in seconds.
        since: Arrival of the first frame of its recording.
        every: Seconds.
    """
    ahead = min(_AHEAD, every / 4)
    number = math.floor((began - since + 2 * ahead) / every) + 1
    return since + number * every - ahead


class Growth:
    """How fast a file grows."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._bytes = 0
        self._rate = 0.0

    def after(self, seconds: float, size: int, now: float) -> float:
        """Return how many bytes it will have after so long.

        Args:
            seconds: From now on.
            size: Bytes that it has now.
            now: Seconds on any clock that goes on.
        """
        if self._at is None or size < self._bytes:
            self._at, self._bytes = now, size
        elif now - self._at >= _WINDOW:
            self._rate = (size - self._bytes) / (now - self._at)
            self._at, self._bytes = now, size
        return size + seconds * self._rate

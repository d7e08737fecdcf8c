"""The system stamps datagrams with the time on the wall (socket(7)); we count monotonic seconds."""

from __future__ import annotations

import time

OLDEST = 5.0
"""Seconds after which a stamp says more about a clock that was set than about a datagram."""
STEP = 0.05
"""Seconds by which the two clocks part only where one was set: they are slewed together."""


class StampClock:
    """Turns stamps into monotonic time, and knows those that it cannot turn.

    When the clock on the wall is set, what waits in the sockets bears stamps of the old time.
    """

    def __init__(self) -> None:
        self.now = 0.0
        """Monotonic seconds as of the last `read`, as all of these."""
        self.skew = time.monotonic() - time.time()
        """To be added to a stamp."""
        self.oldest = 0.0
        """What lies before this was stamped before the clock was set: it came just now."""
        self._set_at = 0.0

    def read(self) -> None:
        """Look at both clocks; to be called before stamps are turned."""
        self.now = time.monotonic()
        skew = self.now - time.time()
        if abs(skew - self.skew) > STEP:
            self._set_at = self.now
        self.skew = skew
        self.oldest = max(self.now - OLDEST, self._set_at)

    def arrival(self, stamp: float) -> float:
        """Return when a datagram with a stamp (Unix time) arrived: monotonic seconds."""
        arrival = stamp + self.skew
        return arrival if self.oldest < arrival < self.now else self.now

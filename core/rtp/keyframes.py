"""When to ask the sender for a key frame (packets.md §4)."""

from __future__ import annotations

import math
from random import Random

from .assembler import FrameAssembler
from .reorder import ReorderBuffer

FIRST_PAUSE = 0.2
"""Seconds between requests until the first key frame of an epoch."""
FIRST_WAIT = 0.1
"""Seconds in which the key frame may come in that a stream begins with: another one would only
make the sender throw away what it has not sent yet."""
PAUSE = 1.0
"""Seconds between requests after a loss."""
EARLY = 0.4
"""Seconds after which a hole that is still open is taken for one that stays."""


RETRY = 5.0
"""Seconds that a sender has to answer a request for another place to begin at."""
SPREAD = 0.5
"""Share of the wait that differs from one to the next: streams that began together, and are
looked at together, do not stay together."""
STILL = 1.0
"""Seconds without a packet after which a stream stands still."""


class KeyFrameInterval:
    """Finds out that a stream had no key frame for long, so that a player could not begin there."""

    def __init__(self, seconds: float, chance: Random) -> None:
        """Begin.

        Args:
            seconds: Longest wait between two key frames; 0 is for ever.
            chance: Chooses how much shorter each is.
        """
        self._seconds = seconds or math.inf
        self._chance = chance
        self._wait = self._choose()
        self._asked = -math.inf

    def due(self, now: float, key: float | None, packet: float | None) -> bool:
        """Whether to ask now; counts as asked.

        Args:
            now: Monotonic seconds.
            key: When the last key frame arrived.
            packet: When the last packet arrived.
        """
        if key is None or packet is None or now - packet > STILL:
            return False
        if now - key < self._wait:
            return False
        if key < self._asked and now - self._asked < RETRY:
            return False
        self._asked = now
        self._wait = self._choose()
        return True

    def _choose(self) -> float:
        return self._seconds * (1 - SPREAD * self._chance.random())


class KeyFrameRequests:
    """Rate-limits picture loss indications."""

    def __init__(self) -> None:
        """Start with nothing asked for."""
        self._last = -math.inf
        self.requested = False
        """Whether somebody wants one, whatever the state of the stream."""
        self._covered = -1
        self._arriving: float | None = None
        self._begun: float | None = None

    def request(self) -> None:
        """Ask with the next opportunity, whatever the state of the stream."""
        self.requested = True

    def restart(self) -> None:
        """The sequence numbers begin anew."""
        self._covered = -1
        self._begun = None

    def due(self, assembler: FrameAssembler, buffer: ReorderBuffer, now: float) -> bool:
        """Whether to send one now; counts as sent."""
        pause = self._pause(assembler, buffer, now)
        if pause is None or now - self._last < pause:
            return False
        self._last = now
        self.requested = False
        self._covered = buffer.highest
        return True

    def _pause(self, assembler: FrameAssembler, buffer: ReorderBuffer, now: float) -> float | None:
        """Seconds since the last request that must have passed; ``None``: no need for one."""
        if self.requested:
            return FIRST_PAUSE
        if not assembler.needs_key:
            self._arriving = None
            return PAUSE if self._stays_open(buffer, now) else None
        if not assembler.key_arriving:
            self._arriving = None
            return PAUSE if assembler.key_seen else self._first_pause(now)
        if self._arriving is None:
            self._arriving = now
        return PAUSE if now - self._arriving >= PAUSE else None

    def _first_pause(self, now: float) -> float | None:
        if self._begun is None:
            self._begun = now
        return FIRST_PAUSE if now - self._begun >= FIRST_WAIT else None

    def _stays_open(self, buffer: ReorderBuffer, now: float) -> bool:
        """Whether there is an old hole younger than the last request."""
        for sequence, entry in buffer.missing.items():
            if sequence > self._covered:
                return now - entry.since >= EARLY
        return False

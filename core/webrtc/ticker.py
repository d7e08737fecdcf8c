"""One timer for all that a process does with the network, ten times a second while all is well.

A wake-up of the event loop costs more than handling several packets. Connections do not wake
it one by one: whatever arrived since the last tick is handled together (media_path.md §3).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

log = logging.getLogger(__name__)

CALM = 0.1
"""Seconds until the next tick while all is well. Rate control rises more slowly with fewer."""
TICK = 0.02
"""The same while somebody waits for an answer, or for packets that were asked for again."""
HURRY = 0.005
"""The same at least, however quickly a buffer fills."""

Work = Callable[[float], float]
"""Called with the time, monotonic seconds; returns in how many it should be called again."""


class Ticker:
    """The timer of one event loop; it runs while there is work."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use `of` instead: there is one per loop."""
        self._loop = loop
        self._work: dict[Work, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._worst = 0.0
        self._complained = False

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> Ticker:
        """The ticker of a loop."""
        if loop not in _tickers:
            _tickers[loop] = cls(loop)
        return _tickers[loop]

    def add(self, work: Work) -> None:
        """Do this at every tick, after what was added before."""
        self._work[work] = None
        if self._timer is None:
            self._schedule(self._loop.time() + TICK)

    def remove(self, work: Work) -> None:
        """Do it no more."""
        self._work.pop(work, None)

    def worst_delay(self) -> float:
        """Seconds by which ticks were late at worst since this was last asked."""
        worst, self._worst = self._worst, 0.0
        return worst

    def _schedule(self, due: float) -> None:
        self._due = due
        self._timer = self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        started = self._loop.time()
        late = started - self._due
        self._worst = max(self._worst, late)
        now = time.monotonic()
        pause = min((self._do(work, now) for work in tuple(self._work)), default=CALM)
        if self._work:
            # In step, unless a whole tick was missed.
            self._schedule((self._due if late < TICK else started) + pause)

    def _do(self, work: Work, now: float) -> float:
        """A fault in one connection must not stop the others; once in the log is enough."""
        try:
            return work(now)
        except Exception:
            if not self._complained:
                self._complained = True
                log.exception("what is done every tick failed")
            return TICK


_tickers: WeakKeyDictionary[asyncio.AbstractEventLoop, Ticker] = WeakKeyDictionary()

"""One timer for all that a process does every 20 ms.

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

TICK = 0.02
"""Seconds between two ticks."""
HURRY = 0.005
"""Seconds until the next one where buffers fill quickly."""

Work = Callable[[float], None]
"""Called with the time, monotonic seconds."""


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

    def hurry(self) -> None:
        """Have the next tick come sooner than usual."""
        sooner = self._loop.time() + HURRY
        if self._timer is not None and sooner < self._due:
            self._timer.cancel()
            self._schedule(sooner)

    def worst_delay(self) -> float:
        """Seconds by which ticks were late at worst since this was last asked."""
        worst, self._worst = self._worst, 0.0
        return worst

    def _schedule(self, due: float) -> None:
        self._due = due
        self._timer = self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        late = self._loop.time() - self._due
        self._worst = max(self._worst, late)
        if self._work:
            # In step, unless a whole tick was missed.
            self._schedule(self._due + TICK if late < TICK else self._loop.time() + TICK)
        now = time.monotonic()
        for work in tuple(self._work):
            try:
                work(now)
            except Exception:
                self._complain()

    def _complain(self) -> None:
        """A fault in one connection must not stop the others; once in the log is enough."""
        if not self._complained:
            self._complained = True
            log.exception("what is done every tick failed")


_tickers: WeakKeyDictionary[asyncio.AbstractEventLoop, Ticker] = WeakKeyDictionary()

"""Signals and a lost terminal while the dashboard is open.

The recording lives in other processes, so the dashboard may go at any moment. What it must not
do is stay: spin on a dead terminal, wait for one that takes nothing, or write to one that is
lost. Textual's loop stands still while its terminal does, so nothing here relies on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from ..dashboard.leave import Leave
from ..exits import Exit

GRACE = 3.0
"""Seconds that the dashboard has to leave by itself."""
_LOOK = 2.0
_DEAD = select.POLLHUP | select.POLLERR | select.POLLNVAL

Handler = Callable[[int, FrameType | None], Any] | int | None


class TerminalGuard:
    """Ends the dashboard when its terminal goes away, or somebody outside says so.

    A lost terminal shows as SIGHUP; where that does not come (``nohup``, a process in the
    background), polling the terminal tells. Used in the main thread, on the loop of the app.

    Args:
        leave: Makes the app leave with a result; called on the loop.
        terminated: Called at each SIGTERM or SIGINT, between any two instructions; returns
            what to leave with.
    """

    def __init__(self, leave: Callable[[Leave], None], terminated: Callable[[], Leave]) -> None:
        self._leave = leave
        self._terminated = terminated
        self._loop = asyncio.get_running_loop()
        self._before: dict[int, Handler] = {}
        self._done = threading.Event()
        self._lost = threading.Lock()

    def __enter__(self) -> TerminalGuard:
        """Take over the signals."""
        handlers = {
            signal.SIGHUP: self._on_hangup,
            signal.SIGTERM: self._on_terminate,
            signal.SIGINT: self._on_terminate,
        }
        for number, handler in handlers.items():
            self._before[number] = signal.signal(number, handler)
        if os.isatty(0):
            threading.Thread(target=self._watch, name="terminal-watch", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back; the app has left."""
        self._done.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_hangup(self, number: int, frame: FrameType | None) -> None:
        self._hang_up()

    def _on_terminate(self, number: int, frame: FrameType | None) -> None:
        result = self._terminated()
        self._end(result, Exit.INTERRUPTED)

    def _hang_up(self) -> None:
        if self._lost.acquire(blocking=False):
            silence()
            self._end(Leave.HANGUP, Exit.OK)

    def _end(self, result: Leave, status: Exit) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._leave, result)
        threading.Thread(target=self._insist, args=(status,), daemon=True).start()

    def _insist(self, status: Exit) -> None:
        if not self._done.wait(GRACE):
            # Blocked in a write to a terminal that takes nothing; nothing here needs an end.
            os._exit(status)

    def _watch(self) -> None:
        terminal = select.poll()
        terminal.register(0, 0)
        while not self._done.wait(_LOOK):
            if any(happened & _DEAD for _, happened in terminal.poll(0)):
                self._hang_up()
                return


def silence() -> None:
    """Put nothing in the place of a terminal that is gone: reads end, writes vanish."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)

"""Processes that work at the lowest priority, and stop when they are told, or nobody is left."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from multiprocessing import connection
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from typing import Any, NamedTuple, TypeVar

from ... import memory
from ...errors import RecordingError, RoomdeckError

NICE = 19
LOOK_EVERY = 0.25
"""Seconds between two looks at what goes on."""
_TELL_EVERY = 0.1
"""Seconds between two times that a job tells; it calls some hundred times a second."""
_THREADS = 4
"""Of one job: to give more of them work takes a processor of its own."""
_Result = TypeVar("_Result")


class Stopped(Exception):
    """The work was interrupted."""


class News(NamedTuple):
    """How far a job is."""

    job: str
    done: float


class _Inside:
    """What a process of the pool has of its parent."""

    news: SimpleQueue[News]
    go: Event
    stop: Event


def progress(job: str) -> Callable[[float], None]:
    """Return what a job calls as often as it likes, in its process: it tells, waits and stops.

    Raises:
        Stopped: When it is called, where the work was interrupted.
    """
    due = 0.0

    def tell(done: float) -> None:
        nonlocal due
        if time.monotonic() < due:
            return
        due = time.monotonic() + _TELL_EVERY
        _Inside.news.put(News(job, done))
        _Inside.go.wait()
        if _Inside.stop.is_set():
            raise Stopped

    return tell


def failure(error: Exception) -> str:
    """Return why a job failed, in words.

    Raises:
        RecordingError: Not the job failed but its process, and no other one can be done.
    """
    if isinstance(error, BrokenExecutor):
        raise RecordingError(
            "a process of the delivery was ended by somebody, or for want of memory: "
            "the same command goes on from here"
        ) from None
    return str(error) if isinstance(error, RoomdeckError) else f"internal error: {error!r}"


class Pool:
    """Processes for jobs.

    Args:
        size: How many there are.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        context = multiprocessing.get_context("fork" if _is_alone() else "spawn")
        self._news: SimpleQueue[News] = context.SimpleQueue()
        self._go, self._stop = context.Event(), context.Event()
        self._go.set()
        self._executor = ProcessPoolExecutor(
            size, context, _begin, (self._news, self._go, self._stop)
        )

    def threads(self, jobs: int) -> int:
        """How many threads each of so many jobs has, so that all processors have work."""
        return min(_THREADS, max(1, self.size // jobs))

    def submit(self, job: Callable[..., _Result], *arguments: Any) -> Future[_Result]:
        """Have a function of a module called in a process."""
        return self._executor.submit(job, *arguments)

    def look(
        self, jobs: Iterable[Future[_Result]], held: Callable[[], bool]
    ) -> tuple[set[Future[_Result]], Sequence[News]]:
        """Return which of some jobs are done, and how far all are, after a moment at most.

        Args:
            jobs: Those that are waited for.
            held: Whether all jobs should stand still for now.
        """
        done, _ = wait(jobs, LOOK_EVERY, FIRST_COMPLETED)
        self._hold(held())
        return done, self._told()

    def _told(self) -> Sequence[News]:
        """What jobs have told since the last time."""
        found: list[News] = []
        while not self._news.empty():
            found.append(self._news.get())
        return found

    def _hold(self, on: bool) -> None:
        """Let jobs stand still, or go on."""
        if on:
            self._go.clear()
        else:
            self._go.set()

    def close(self) -> None:
        """End all jobs, at the next moment at which they tell something."""
        self._stop.set()
        self._go.set()
        self._executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def pool(size: int) -> Generator[Pool]:
    """Have processes for a while."""
    opened = Pool(size)
    try:
        yield opened
    finally:
        opened.close()


def _is_alone() -> bool:
    """Whether no other thread can hold a lock at this moment: a copy of this process is whole then.

    It has all that is imported, which takes a new process half a second.
    """
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False  # Not Linux; on macOS not all that the system loads can be copied.


def _begin(news: SimpleQueue[News], go: Event, stop: Event) -> None:
    """Begin in a new process."""
    # What is there by now stays; and what jobs make is let go without being looked for.
    gc.freeze()
    memory.look_rarely()
    _Inside.news, _Inside.go, _Inside.stop = news, go, stop
    # ctrl-c is for the parent, which tells us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)

"""Processes that work at the lowest priority, and stop when they are told, or nobody is left."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import connection
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from typing import Any, NamedTuple, TypeVar

NICE = 19
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
    """Return what a job calls now and then, in a process of the pool: tells, waits, stops.

    Raises:
        Stopped: When it is called, where the work was interrupted.
    """

    def tell(done: float) -> None:
        _Inside.news.put(News(job, done))
        _Inside.go.wait()
        if _Inside.stop.is_set():
            raise Stopped

    return tell


class Pool:
    """Processes for jobs.

    Args:
        size: How many there are.
    """

    def __init__(self, size: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._news: SimpleQueue[News] = context.SimpleQueue()
        self._go, self._stop = context.Event(), context.Event()
        self._go.set()
        self._executor = ProcessPoolExecutor(
            size, context, _begin, (self._news, self._go, self._stop)
        )

    def submit(self, job: Callable[..., _Result], *arguments: Any) -> Future[_Result]:
        """Have a function of a module called in a process."""
        return self._executor.submit(job, *arguments)

    def news(self) -> Sequence[News]:
        """Return what jobs have told since the last time."""
        found: list[News] = []
        while not self._news.empty():
            found.append(self._news.get())
        return found

    def hold(self, on: bool) -> None:
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


def _begin(news: SimpleQueue[News], go: Event, stop: Event) -> None:
    """Begin in a new process."""
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

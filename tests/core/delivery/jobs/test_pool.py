"""Processes that stand still, stop and leave when they should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future
from typing import Any

import pytest

from roomdeck.core.delivery.jobs.pool import NICE, News, Pool, Stopped, pool, progress

PATIENCE = 30.0


def work(job: str, steps: int) -> int:
    tell = progress(job)
    for step in range(steps):
        tell(step / steps)
        time.sleep(0.005)
    return os.nice(0)


def die() -> None:
    os._exit(7)


def child_of(processes: Pool) -> int:
    return processes.submit(os.getpid).result(PATIENCE)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def look(processes: Pool, job: Future[Any], held: bool = False) -> Sequence[News]:
    return processes.look([job], lambda: held)[1]


def test_jobs_tell_stand_still_go_on_and_give_way_to_others() -> None:
    with pool(1) as processes:
        done = processes.submit(work, "one", 200)
        until(lambda: bool(look(processes, done)))
        look(processes, done, held=True)
        # What it tells next, whenever that is, is where it waits.
        assert sum(len(look(processes, done, held=True)) for _ in range(4)) <= 1
        assert not done.done()
        until(lambda: bool(look(processes, done)))
        assert done.result(PATIENCE) == NICE


def there(name: str) -> bool:
    return hasattr(sys.modules[__name__], name)


def in_a_process_of_its_own(lines: str) -> str:
    code = f"from tests.core.delivery.jobs.test_pool import *\n{lines}"
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


SET_NOW = (
    "from tests.core.delivery.jobs import test_pool\n"
    "test_pool.set_now = True\n"
    "with pool(1) as processes:\n"
    "    print(processes.submit(there, 'set_now').result())\n"
)


@pytest.mark.skipif(sys.platform != "linux", reason="others begin from nothing")
def test_processes_are_copies_of_one_that_has_imported_all() -> None:
    assert in_a_process_of_its_own(SET_NOW) == "True"


def test_where_a_thread_might_hold_a_lock_they_begin_from_nothing() -> None:
    waits = (
        "import threading\nthreading.Thread(target=time.sleep, args=[60], daemon=True).start()\n"
    )
    assert in_a_process_of_its_own(waits + SET_NOW) == "False"


def test_an_interruption_ends_jobs_also_those_that_stand_still() -> None:
    processes = Pool(1)
    running = processes.submit(work, "one", 100_000)
    waiting = processes.submit(work, "two", 1)
    until(lambda: bool(look(processes, running)))
    look(processes, running, held=True)
    processes.close()
    assert isinstance(running.exception(PATIENCE), Stopped)
    assert waiting.cancelled() or isinstance(waiting.exception(PATIENCE), Stopped)


def test_a_process_that_dies_is_noticed() -> None:
    with pool(1) as processes, pytest.raises(BrokenExecutor):
        processes.submit(die).result(PATIENCE)


def test_processes_leave_with_their_parent() -> None:
    code = (
        "from tests.core.delivery.jobs.test_pool import *\n"
        "processes = Pool(1)\n"
        "print(child_of(processes), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().split()[2] != "Z"


def chatter(job: str, steps: int) -> None:
    tell = progress(job)
    for step in range(steps):
        tell(step / steps)


def test_a_job_that_calls_all_the_time_tells_now_and_then() -> None:
    with pool(1) as processes:
        job = processes.submit(chatter, "one", 10_000)
        told = list[News]()
        until(lambda: bool(told.extend(look(processes, job)) or job.done()))
        assert len([*told, *look(processes, job)]) < 1000


@pytest.mark.parametrize(
    ("size", "jobs", "threads"), [(2, 1, 2), (2, 2, 1), (2, 5, 1), (8, 3, 2), (16, 1, 4), (1, 1, 1)]
)
def test_jobs_have_threads_where_there_are_fewer_than_processors(
    size: int, jobs: int, threads: int
) -> None:
    with pool(size) as processes:
        assert processes.threads(jobs) == threads

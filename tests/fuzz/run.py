"""One input after the other, each within bounds."""

from __future__ import annotations

import hashlib
import resource
import signal
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

from .mutate import mutate
from .targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
CPU = 1.0
"""Seconds of processor time for one input of up to 20 kB; nearly all take a thousandth."""
MEMORY = 200 << 20
"""Bytes by which the process may grow for one input."""


class TooLong(BaseException):
    """No `Exception`: readers that catch those must not catch this."""


@contextmanager
def _limited() -> Generator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def complaint(read: Callable[[bytes], None], data: bytes) -> str:
    """What is wrong with how an input was read; nothing where all is well."""
    size = _size()
    try:
        with _limited():
            read(data)
    except TooLong:
        return f"more than {CPU:g} s of processor time\n{traceback.format_exc(limit=-6)}"
    except Exception:
        return traceback.format_exc(limit=-6)
    grown = _size() - size
    return f"{grown >> 20} MB of memory" if grown > MEMORY else ""


def _size() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def kept(name: str) -> list[Path]:
    """What was found of a target before."""
    return sorted((CORPUS / name).glob("*.bin"))


def fuzz(name: str, seconds: float, seed: int) -> tuple[int, list[tuple[bytes, str]]]:
    """Try one target; return how many inputs there were, and those that are wrong."""
    random, target = Random(f"{name} {seed}"), TARGETS[name]
    seeds = [*target.seeds(), *(path.read_bytes() for path in kept(name))]
    found: dict[str, tuple[bytes, str]] = {}
    end, count = time.monotonic() + seconds, 0
    with target.reader() as read:
        while time.monotonic() < end and len(found) < 5:
            data = mutate(random, seeds)
            count += 1
            if text := complaint(read, data):
                found.setdefault(text, (data, text))
    return count, list(found.values())


def keep(name: str, data: bytes) -> Path:
    """Put an input into the corpus."""
    path = CORPUS / name / f"{hashlib.sha256(data).hexdigest()[:12]}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path

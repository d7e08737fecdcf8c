"""What a case of the table is, and what it has at hand."""

from __future__ import annotations

import contextlib
import importlib
import math
import pkgutil
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from ..e2e.lab import Lab, laboratory


class Unavailable(Exception):
    """This machine cannot make the fault; says why."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case."""

    tried: int
    """How often the fault was made."""
    lost: str
    """What it cost at worst, in a few words with figures."""
    holds: bool
    """Whether that is what is promised."""
    figures: dict[str, Any] = {}
    """All that was measured; seconds, where nothing else is said."""


@dataclass(frozen=True)
class Scene:
    """The form in which a case runs."""

    full: bool
    """Else the short form, of which all cases together take less than eight minutes."""
    random: Random

    until: float = math.inf
    """Monotonic seconds after which `rounds` ends."""

    def times(self, short: int, full: int) -> int:
        """Return how often to make the fault."""
        return full if self.full else short

    def rounds(self, short: int, full: int) -> Iterator[int]:
        """Count how often to make the fault, less often where that takes too long."""
        for number in range(self.times(short, full)):
            if number and time.monotonic() > self.until:
                return
            yield number

    @contextlib.asynccontextmanager
    async def lab(self, host: str = "127.0.0.1", *prefix: str) -> AsyncGenerator[Lab]:
        """Open a room of its own; as for `Lab`."""
        with tempfile.TemporaryDirectory(prefix="roomdeck-", ignore_cleanup_errors=True) as folder:
            async with laboratory(Path(folder), host, prefix) as lab:
                yield lab


Run = Callable[[Scene], Awaitable[Result]]


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    name: str
    text: str
    """What breaks."""
    run: Run
    minutes: int
    """How long it takes in the full form, about."""


_cases: dict[str, Case] = {}


def case(text: str, name: str = "", minutes: int = 1) -> Callable[[Run], Run]:
    """Enter a function as a case.

    Args:
        text: What breaks, in a few words.
        minutes: How long it takes in the full form, about.
        name: As it is called on the command line; that of the function, if not given.
    """

    def enter(run: Run) -> Run:
        called = name or getattr(run, "__name__", "").replace("_", "-")
        _cases[called] = Case(called, text, run, minutes)
        return run

    return enter


def all_cases(folder: str = "cases") -> dict[str, Case]:
    """Return those of a folder, by name, in the order of its modules."""
    package = importlib.import_module(f"{__package__}.{folder}")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return _cases

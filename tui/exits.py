"""Exit statuses of the program, and how a command ends with one."""

from __future__ import annotations

from collections.abc import Coroutine
from enum import IntEnum
from typing import Any, NoReturn

from ..core.model import Outcome


class Exit(IntEnum):
    """What the exit status of every command means."""

    OK = 0
    """All went well."""
    USAGE = 1
    """A command, link or configuration that cannot be used; or a file that `check` finds bad."""
    NOT_JOINED = 2
    """The room could not be joined."""
    RECORDING_FAILED = 3
    """At least one recording failed, or its worker died."""
    DISK_FULL = 4
    """The disk was full."""
    NOTHING_RECORDED = 5
    """The room was joined, and not one file came of it although something was to be recorded."""
    INTERRUPTED = 130
    """Left before every file was closed."""


def exit_of(outcome: Outcome) -> Exit:
    """Return the exit status for what became of a run."""
    if outcome.hurried:
        return Exit.INTERRUPTED
    if outcome.disk_full:
        return Exit.DISK_FULL
    if outcome.failed or outcome.broken:
        return Exit.RECORDING_FAILED
    if not outcome.joined:
        return Exit.NOT_JOINED
    return Exit.OK if outcome.takes or not outcome.asked else Exit.NOTHING_RECORDED


class Finished(Exception):
    """Carries a command's exit status past typer, which has its own idea of 2."""


def finish(work: Coroutine[Any, Any, Exit]) -> NoReturn:
    """Do a command's work and leave with its exit status."""
    # Not all commands work with it, and it takes as long as Python itself.
    import asyncio

    raise Finished(asyncio.run(work))

"""``roomdeck record``: an engine in this process, or one that outlives it."""

from __future__ import annotations

import asyncio
import os
import signal

from ..core.config import RecordConfig
from ..core.engine.client import ControlClient
from ..core.engine.launch import launch
from ..core.engine.paths import RoomFolder
from ..core.engine.process import Engine, Outcome
from ..core.errors import ControlError
from ..core.model import Event, LinkState, RoomSnapshot
from .exits import Exit
from .printer import Printer, narrate


async def record_here(config: RecordConfig, printer: Printer) -> Exit:
    """Record in this process until it is told to stop."""
    engine = Engine(config, printer.event, printer.snapshot)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, engine.interrupt)
    return exit_of(await engine.run())


def exit_of(outcome: Outcome) -> Exit:
    """Return the exit status for what became of a run."""
    if outcome.hurried:
        return Exit.INTERRUPTED
    if outcome.disk_full:
        return Exit.DISK_FULL
    if outcome.takes_failed:
        return Exit.RECORDING_FAILED
    return Exit.OK if outcome.joined else Exit.NOT_JOINED


async def record_apart(config: RecordConfig, printer: Printer) -> Exit:
    """Start an engine in a session of its own and print what it reports.

    Ctrl-C stops it; a lost terminal leaves it recording.
    """
    async with await launch(config) as client:
        narrate(
            "recording in the background; ctrl-c stops it and closes the files, a closed "
            "terminal does not (then: roomdeck status, roomdeck stop)"
        )
        return await _follow(client, RoomFolder.of(config.room), printer)


async def _follow(client: ControlClient, folder: RoomFolder, printer: Printer) -> Exit:
    stopping: set[asyncio.Task[str]] = set()

    def interrupt() -> None:
        if stopping:
            _hurry(folder)
        else:
            stopping.add(asyncio.ensure_future(client.command("shutdown")))

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    last: RoomSnapshot | None = None
    joined, ended = False, False
    async for update in client.updates():
        if isinstance(update, Event):
            printer.event(update)
            joined |= update.type == "link.joined"
            ended |= update.type == "engine.end"
        else:
            last = update
            printer.snapshot(update)
    await asyncio.gather(*stopping, return_exceptions=True)
    return _exit_of_last(last, joined, ended)


def _hurry(folder: RoomFolder) -> None:
    card = folder.read_card()
    if card is not None:
        os.kill(card.pid, signal.SIGTERM)


def _exit_of_last(last: RoomSnapshot | None, joined: bool, ended: bool) -> Exit:
    if not ended:
        raise ControlError(
            "the engine went away; its workers go on recording: the same command takes over"
        )
    if last is not None and last.link is LinkState.CLOSED and last.takes_failed:
        return Exit.RECORDING_FAILED
    return Exit.OK if joined else Exit.NOT_JOINED

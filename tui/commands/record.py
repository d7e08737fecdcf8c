"""``roomdeck record``: an engine in this process, or one that outlives it."""

from __future__ import annotations

import asyncio
import signal

from ...core.config import RecordConfig
from ...core.engine.process import Engine
from ...core.ipc.launch import launch
from ...core.ipc.room_folder import RoomFolder
from ...core.signals import on_stop
from ..dashboard.appearance import Appearance
from ..exits import Exit, exit_of
from ..lines.printer import Printer, narrate
from ..session.following import Following


async def record_here(config: RecordConfig, printer: Printer) -> Exit:
    """Record in this process until it is told to stop."""
    engine = Engine(config, printer.event, printer.snapshot)
    on_stop(engine.interrupt)
    # A terminal that is gone, as when ssh ends, takes no more lines; nothing else ends with it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with printer:
        return exit_of(await engine.run())


async def record_apart(config: RecordConfig, printer: Printer) -> Exit:
    """Start an engine in a session of its own and print what it reports.

    Ctrl-C stops it; a lost terminal leaves it recording.
    """
    async with await launch(config) as client:
        narrate(
            "recording in the background; ctrl-c stops it and closes the files, a closed "
            "terminal does not (then: roomdeck status, roomdeck stop)"
        )
        with printer:
            return await _follow(Following(client, RoomFolder.of(config.room)), printer)


async def record_on_screen(config: RecordConfig, appearance: Appearance) -> Exit:
    """Start an engine in a session of its own and open the dashboard on it.

    Raises:
        ControlError: It did not start, or it went away later.
        UsageError: There is no such theme.
    """
    if appearance.theme:
        # Loads Textual.
        from ..dashboard.themes import check_theme

        check_theme(appearance.theme)
    launching = asyncio.ensure_future(launch(config))
    # Loads Textual, which takes a while; the engine starts beside it.
    await asyncio.sleep(0)
    from ..session.on_screen import show_dashboard

    async with await launching as client:
        return await show_dashboard(
            Following(client, RoomFolder.of(config.room)), appearance, owner=True
        )


async def _follow(following: Following, printer: Printer) -> Exit:
    stopping: set[asyncio.Task[str]] = set()

    def interrupt() -> None:
        if stopping:
            following.signal_engine()
        else:
            stopping.add(asyncio.ensure_future(following.command("shutdown")))

    on_stop(interrupt)
    async for update in following.updates():
        printer.update(update)
    await asyncio.gather(*stopping, return_exceptions=True)
    return following.exit_status()

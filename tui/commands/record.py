"""``roomdeck record``: an engine in this process, or one that outlives it."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

from ...core.config import RecordConfig
from ...core.engine.process import Engine
from ...core.errors import RoomdeckError
from ...core.ipc.launch import launch
from ...core.ipc.room_folder import RoomFolder
from ...core.signaling.invite_links import RoomLink
from ...core.signals import on_stop
from ..dashboard.appearance import Appearance
from ..exits import Exit, exit_of
from ..lines.printer import Printer, narrate
from ..session.following import Following


async def record_here(config: RecordConfig, printer: Printer, as_json: bool) -> Exit:
    """Record in this process until it is told to stop."""
    engine = Engine(config, printer.event, printer.snapshot)
    on_stop(engine.interrupt)
    # A terminal that is gone, as when ssh ends, takes no more lines; nothing else ends with it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with printer:
        outcome = await engine.run()
    if config.deliver and not (engine.yielded or engine.superseded):
        _deliver(engine.sidecar, config, as_json)
    return exit_of(outcome)


def _deliver(sidecar: str, config: RecordConfig, as_json: bool) -> None:
    """Make files to edit with; whatever becomes of them, the recording went as it went."""
    if not Path(sidecar).exists():
        return  # nothing was recorded
    # Loads FFmpeg.
    from .deliver import Request, deliver_session

    wanted = Request(
        path=Path(sidecar), preset=config.deliver, as_json=as_json, cluster=config.cluster
    )
    try:
        deliver_session(wanted)
    except RoomdeckError as error:
        narrate(f"roomdeck: {error}")


async def record_apart(config: RecordConfig, printer: Printer) -> Exit:
    """Start an engine in a session of its own and print what it reports.

    Ctrl-C stops it; a lost terminal leaves it recording.
    """
    async with await launch(config) as client:
        narrate(
            "recording in the background; ctrl-c stops it and closes the files, a closed "
            "terminal does not (then: roomdeck status, roomdeck stop)"
        )
        following = Following(client, RoomFolder.of(config.room))
        with printer:
            status = await _follow(following, printer)
        _tell_of_delivery(config, following)
        return status


async def record_on_screen(config: RecordConfig, link: RoomLink, appearance: Appearance) -> Exit:
    """Start an engine in a session of its own and open the dashboard on it.

    Args:
        config: What to record.
        link: What was given for the room.
        appearance: Of the dashboard.

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
        following = Following(client, RoomFolder.of(config.room))
        status = await show_dashboard(following, appearance, owner=True)
        conclude(following, config, link)
        return status


def conclude(following: Following, config: RecordConfig, link: RoomLink) -> None:
    """Do what is to be done when the dashboard on a recording that began here was left.

    Args:
        following: Its engine.
        config: Of the recording.
        link: What was given for the room.
    """
    # Only now: what begins a recording should not wait for it.
    from ..welcome.model.recents import recent_of
    from ..welcome.remembered import recents_file, remember

    if following.joined:
        remember(recents_file(), recent_of(config, link, time.time()))
    _tell_of_delivery(config, following)


def _tell_of_delivery(config: RecordConfig, following: Following) -> None:
    """Say where files are made by a process that nobody waits for."""
    if config.deliver and following.over and following.last and following.last.takes_done:
        log = Path(following.last.sidecar).with_suffix(f".{config.deliver}.log")
        narrate(f"files to edit with are being made in the background; how it goes is in {log}")


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

"""``roomdeck attach``: come back to a room that is being recorded."""

from __future__ import annotations

import asyncio
import contextlib

from ...core.ipc.control_client import ControlClient, find_engine
from ...core.signaling.invite_links import parse_room
from ...core.signals import on_stop
from ..dashboard.appearance import Appearance
from ..exits import Exit
from ..lines.meanwhile import meanwhile
from ..lines.printer import Printer, narrate
from ..session.following import Following


async def attach(
    room: str | None, appearance: Appearance, on_screen: bool, printer: Printer
) -> Exit:
    """Open the dashboard on a running engine; or print lines where there is no terminal.

    Leaving never stops the recording, unless that is asked for on the dashboard.

    Raises:
        ControlError: No engine runs for this room, or several do.
    """
    folder = await find_engine(None if room is None else parse_room(room).name)
    async with await ControlClient.connect(folder) as client:
        following = Following(client, folder)
        if not on_screen:
            with printer:
                return await _print_lines(following, printer)
        # Loads Textual.
        from ..dashboard.themes import check_theme
        from ..session.on_screen import show_dashboard

        check_theme(appearance.theme)
        return await show_dashboard(following, appearance, owner=False)


async def _print_lines(following: Following, printer: Printer) -> Exit:
    first = await following.catch_up()
    narrate("\n".join(meanwhile(following.events, following.last_looked(), first)))
    printing = asyncio.ensure_future(_print(following, printer))
    on_stop(printing.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await printing
    following.looked()
    return following.exit_status() if following.over else Exit.OK


async def _print(following: Following, printer: Printer) -> None:
    async for update in following.updates():
        printer.update(update)

"""The real dashboard on a `FakeClient`, without a terminal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.model.choices import Choices
from roomdeck.tui.dashboard.model.terminal import Colors, Terminal

from ..fake_client import FakeClient

SIZES = ((120, 40), (80, 24), (60, 15), (40, 10))
"""Cells of the terminals that every screen has to fit."""


def terminal(*, ascii: bool = False) -> Terminal:
    """Return a terminal that can do everything but, if wanted, Unicode."""
    return Terminal(
        name="xterm-256color",
        colors=Colors.TRUE,
        ascii=ascii,
        animation=False,
        mouse=True,
        dumb=False,
        ssh=False,
    )


@asynccontextmanager
async def dashboard(
    client: FakeClient,
    size: tuple[int, int] = (80, 24),
    *,
    ascii: bool = False,
    choices: Choices | None = None,
    keep: Callable[[Choices], None] = lambda choices: None,
) -> AsyncGenerator[Pilot[Leave], None]:
    """Open the dashboard; its app is ``pilot.app``."""
    app = RoomApp(
        client, room="studio-7", terminal=terminal(ascii=ascii), choices=choices, keep=keep
    )
    async with app.run_test(size=size) as pilot:
        yield pilot

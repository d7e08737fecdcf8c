"""What a terminal shows that is too small for a table: the numbers, and the size it needs."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from ....core.model import RoomSnapshot, StreamState
from ...text.format import duration, elide, short_size
from ..host import Follower
from ..model.glyphs import Glyphs
from .dialog import Dialog

LEAST = Size(40, 10)
"""Columns and rows that the dashboard needs."""
_COUNTED = (StreamState.REC, StreamState.STALL, StreamState.FAIL)


def too_small(size: Size) -> bool:
    """Tell whether a terminal is too small for the dashboard."""
    return size.width < LEAST.width or size.height < LEAST.height


def small_lines(
    snapshot: RoomSnapshot | None, room: str, size: Size, glyphs: Glyphs
) -> tuple[str, ...]:
    """Return the lines for a tiny terminal, the most important first.

    Args:
        snapshot: The room, if it is known yet.
        room: Its name, while it is not.
        size: Of the terminal.
        glyphs: The signs.
    """
    needs = f"make me {LEAST.width}{glyphs.times}{LEAST.height}"
    now = f"(now {size.width}{glyphs.times}{size.height})"
    needs = f"{needs} {now}" if len(needs) + len(now) < size.width else needs
    if snapshot is None:
        return (elide(room, size.width, glyphs.ellipsis), needs, "q leaves")
    states = [stream.state for stream in snapshot.streams]
    counts = " ".join(f"{glyphs.states[state]} {states.count(state)}" for state in _COUNTED)
    left = snapshot.disk.seconds_left
    disk = short_size(snapshot.disk.free) + (f" {duration(left)}" if left is not None else "")
    name = elide(snapshot.room, max(4, size.width - len(counts) - len(disk) - 2), glyphs.ellipsis)
    numbers = f"{name} {counts} {disk}"
    if len(numbers) > size.width:
        return (counts, disk, needs, "q leaves")
    return (numbers, needs, "q leaves")


def cover(app: App[Any], size: Size) -> None:
    """Cover everything while there is no room for it; questions fit anywhere."""
    covered = isinstance(app.screen, SmallScreen)
    if covered and not too_small(size):
        app.pop_screen()
    elif too_small(size) and not covered and not isinstance(app.screen, Dialog):
        app.push_screen(SmallScreen())


class SmallScreen(Follower, Screen[None]):
    """Covers everything while the terminal is too small."""

    CSS_PATH = "../../../styles/small.tcss"

    def compose(self) -> ComposeResult:
        """Make the lines."""
        yield Static(id="numbers", markup=False)

    def on_resize(self, event: events.Resize) -> None:
        """Say how small it is now; the app takes this screen away where there is room."""
        self.room_changed()

    def on_screen_resume(self) -> None:
        """Go if there has come room while a question was on top."""
        cover(self.app, self.app.size)

    def room_changed(self) -> None:
        """Show the numbers."""
        app = self.app
        lines = small_lines(app.room.snapshot, app.room.name, app.size, app.glyphs)
        self.query_one("#numbers", Static).update("\n".join(lines))

"""The page of past sessions; needs no engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType

from ..bindings import bindings
from ..model import past_page
from ..model.keys import Scope
from ..model.parts import Line
from ..model.past_page import Brief, Found
from ..model.rows import ListRow
from ..past.folders import brief, find
from ..widgets.line_list import LineList
from .listing import ListScreen
from .session import SessionScreen

_AT_ONCE = 20
"""Files that are read before what they say is shown."""


class PastScreen(ListScreen):
    """Sessions in some folders, and right below them.

    Args:
        folders: Where to look.
    """

    SCOPES: ClassVar = (Scope.PAST,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.PAST)]

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__()
        self._folders = tuple(folders)
        self._found: list[Found] = []
        self._left_out = 0
        self._briefs: dict[str, Brief] = {}
        self._listed = False

    def on_mount(self) -> None:
        """Begin to look."""
        super().on_mount()
        self.run_worker(self._look())

    def heading(self) -> str:
        """Return the title."""
        return past_page.title(self._found, self._left_out, self._listed)

    def rows(self, width: int) -> Sequence[ListRow]:
        """Return the list."""
        if self._listed and not self._found:
            return past_page.nothing([str(folder) for folder in self._folders], width)
        titles = ListRow(((past_page.head(width), "muted"),))
        return [titles, *past_page.rows(self._found, self._briefs, width, self.app.glyphs)]

    def more(self, row: str, width: int) -> Sequence[Line]:
        """Return where a session is, and who was there."""
        return past_page.more(row, self._briefs.get(row), width) if row else ()

    async def _look(self) -> None:
        """List all files, then read them, the newest first: a disk may be slow."""
        self._found, self._left_out = await asyncio.to_thread(find, self._folders)
        self._listed = True
        self.draw()
        for number in range(0, len(self._found), _AT_ONCE):
            some = self._found[number : number + _AT_ONCE]
            self._briefs |= await asyncio.to_thread(_read, some)
            self.draw()

    # ── keys ─────────────────────────────────────────────────────────────────────────────

    def action_open(self) -> None:
        """Open the page of the session under the cursor."""
        if self.cursor:
            self.app.push_screen(SessionScreen(Path(self.cursor)))

    def action_copy_path(self) -> None:
        """Copy the path of the session's JSON file."""
        if self.cursor:
            self.copy(self.cursor)

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        """A row was double-clicked."""
        self.action_open()


def _read(some: Sequence[Found]) -> dict[str, Brief]:
    return {one.path: brief(one) for one in some}

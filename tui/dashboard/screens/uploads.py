"""The page of uploads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType

from ....core.errors import UploadError
from ....core.model import RoomSnapshot, UploadsSnapshot
from ..bindings import bindings
from ..model import upload_page
from ..model.keys import Scope
from ..model.parts import Line
from ..model.rows import ListRow, sentence
from .listing import ListScreen

LOOK = 1.0
"""Seconds between two looks at how far files are."""


class UploadsScreen(ListScreen):
    """How far the files of a session are, by its engine; where there is none, by the disk.

    Args:
        sidecar: Path of the session's JSON file.
        live: Returns the room as its engine tells it, while there is one.
    """

    SCOPES: ClassVar = (Scope.UPLOADS,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.UPLOADS)]

    def __init__(
        self, sidecar: Path, live: Callable[[], RoomSnapshot | None] = lambda: None
    ) -> None:
        super().__init__()
        self._sidecar = sidecar
        self._live = live
        self._uploads: UploadsSnapshot | None = None
        self._trouble = ""
        self._reading = False

    def on_mount(self) -> None:
        """Begin to look."""
        super().on_mount()
        self.set_interval(LOOK, self._look)
        self._look()

    def heading(self) -> str:
        """Return the title."""
        return upload_page.title(self._uploads)

    def rows(self, width: int) -> Sequence[ListRow]:
        """Return the list."""
        if self._trouble:
            return sentence(self._trouble, width, "error")
        return upload_page.rows(self._uploads, width, self.app.glyphs)

    def more(self, row: str, width: int) -> Sequence[Line]:
        """Return where a file goes, and what went wrong."""
        one = upload_page.at(self._uploads, row)
        return upload_page.more(one, width) if one else ()

    def _look(self) -> None:
        snapshot = self._live()
        if snapshot is not None:
            self._show(snapshot.uploads)
        elif not self._reading:
            self._reading = True
            self.run_worker(self._read())

    async def _read(self) -> None:
        try:
            # A disk may not answer.
            uploads, trouble = await asyncio.to_thread(_told, self._sidecar), ""
        except UploadError as error:
            uploads, trouble = None, str(error)
        self._reading = False
        self._show(uploads, trouble)

    def _show(self, uploads: UploadsSnapshot | None, trouble: str = "") -> None:
        self._uploads, self._trouble = uploads, trouble
        self.draw()


def _told(sidecar: Path) -> UploadsSnapshot | None:
    # Loads what only who uploads needs.
    from ....core.attendant.uploads.told import uploads_told

    return uploads_told(sidecar)

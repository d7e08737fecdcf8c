"""Delivering: which files to make, then how far they are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from ..bindings import bindings
from ..model import delivery as page
from ..model.keys import Scope
from ..model.parts import Line
from ..model.rows import ListRow
from ..past.delivering import Delivering
from ..widgets.choice import Choice
from .dialog import Dialog
from .listing import ListScreen

_DRAW = 1.0
_PRESETS = (
    ("e", "edit", "H.264 and AAC to edit with"),
    ("w", "web", "the same, smaller, for a page"),
    ("a", "audio", "sound alone, as WAV"),
    ("p", "prores", "ProRes 422 LT, large"),
    ("x", "prores-proxy", "ProRes 422 Proxy"),
    ("m", "masters", "the takes as they are, completed"),
)
"""Key, preset, what it is; the first has the focus."""


class PresetScreen(Dialog[str]):
    """Asks which files to make; ``None`` is none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "keep", show=False),
        *(Binding(key, f"take('{name}')", show=False) for key, name, _ in _PRESETS),
    ]

    def __init__(self) -> None:
        choices = [
            Choice("take", key, f"{name}: {what}", name, argument=name)
            for key, name, what in _PRESETS
        ]
        text = "One file per stream, all of one length and in sync. The takes stay as they are."
        none = Choice("keep", "escape", "Make none")
        super().__init__("Make files to edit with", (text,), (*choices, none))

    def action_take(self, preset: str) -> None:
        """Make these."""
        self.dismiss(preset)


class DeliveryScreen(ListScreen):
    """How far a delivery is; it goes on without this page.

    Args:
        delivering: What is looked at.
    """

    SCOPES: ClassVar = (Scope.DELIVERY,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.DELIVERY)]

    def __init__(self, delivering: Delivering) -> None:
        super().__init__()
        self._delivering = delivering

    def on_mount(self) -> None:
        """Begin to draw."""
        super().on_mount()
        self.set_interval(_DRAW, self.draw)

    def heading(self) -> str:
        """Return the title."""
        known = self._delivering.known
        return f"Delivering {self._delivering.sidecar.stem}: {known.preset}"

    def rows(self, width: int) -> Sequence[ListRow]:
        """Return the list."""
        return page.rows(self._delivering.known, time.monotonic(), width, self.app.glyphs)

    def more(self, row: str, width: int) -> Sequence[Line]:
        """Return what is told of a file."""
        return page.more(self._delivering.known, row, width)

    def action_interrupt_delivery(self) -> None:
        """End it; the next one goes on from there."""
        self.app.run_worker(self._delivering.interrupt())

    def action_copy_path(self) -> None:
        """Copy the path of the file under the cursor, else of their folder."""
        known = self._delivering.known
        made = known.made.get(self.cursor)
        if path := made.file if made is not None else known.folder:
            self.copy(path)

"""Makes a repaint of the table begin at its figures."""

from __future__ import annotations

from textual.widget import Widget


class Seam(Widget):
    """Lies unseen under the table and ends where the figures begin.

    Textual sends a line in pieces that end where widgets do, and always from the left edge of
    a piece. With this edge, the names at the left do not cross the line again every second.
    """

    DEFAULT_CSS = "Seam { layer: below; position: absolute; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._end = -1

    def end_at(self, column: int) -> None:
        """End left of this column of the screen."""
        if column != self._end:
            self._end = column
            self.styles.width = column

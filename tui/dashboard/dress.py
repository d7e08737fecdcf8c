"""What every app puts on so that it suits the terminal."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.app import App
from textual.driver import Driver

from .model.glyphs import ASCII, UNICODE
from .model.terminal import Colors, Terminal
from .scrollbars import use_scrollbars
from .themes import THEMES, role_defaults, theme_for
from .thrift import ThriftyDriver

Result = TypeVar("Result")


class Dressed(App[Result], Generic[Result]):
    """An app that suits its terminal.

    Args:
        terminal: What it can do.
    """

    def __init__(self, terminal: Terminal) -> None:
        # Textual chooses how it removes colours here: by its grey filter, the terminal's own
        # colours would become black on black.
        super().__init__(ansi_color=True if terminal.colors is Colors.NONE else None)
        self.terminal = terminal
        self.glyphs = ASCII if terminal.ascii else UNICODE

    def get_driver_class(self) -> type[Driver]:
        """Return what reads keys and draws."""
        return ThriftyDriver

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give themes that are not ours the colours that ours name."""
        return role_defaults(self.current_theme)

    def dress(self, *wanted: str) -> None:
        """Fit it to its terminal, as it is mounted.

        Args:
            wanted: Names of themes; the first that there is, else one that suits the terminal.
        """
        for theme in THEMES:
            self.register_theme(theme)
        known = (name for name in wanted if name in self.available_themes)
        self.theme = next(known, theme_for(self.terminal))
        use_scrollbars(self.terminal.ascii)
        if not self.terminal.animation:
            self.animation_level = "none"

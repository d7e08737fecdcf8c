"""What an app puts on so that it suits the terminal."""

from __future__ import annotations

from typing import Any

from textual.app import App

from .model.terminal import Terminal
from .themes import THEMES, theme_for
from .widgets.scrollbars import use_scrollbars


def dress(app: App[Any], terminal: Terminal, *wanted: str) -> None:
    """Fit an app to its terminal.

    Args:
        app: As it is mounted.
        terminal: What it can do.
        wanted: Names of themes; the first that there is, else one that suits the terminal.
    """
    for theme in THEMES:
        app.register_theme(theme)
    known = (name for name in wanted if name in app.available_themes)
    app.theme = next(known, theme_for(terminal))
    use_scrollbars(terminal.ascii)
    if not terminal.animation:
        app.animation_level = "none"

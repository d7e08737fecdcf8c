"""Themes of our own, and the colours of our roles for all others."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

from ...core.errors import UsageError
from .model.terminal import Colors, Terminal

# The greys are so little coloured that terminals with 256 colours show greys, not navy blue.
DARK = Theme(
    name="roomdeck-dark",
    primary="#6ea8d8",
    secondary="#4d6b87",
    accent="#8ab4f8",
    warning="#e5b454",
    error="#f2777a",
    success="#7fc98b",
    foreground="#d7dae0",
    background="#141618",
    surface="#1b1e21",
    panel="#272b30",
    dark=True,
    variables={
        "record": "#ff5c57",
        "muted": "#7d8590",
        "footer-key-foreground": "#e5b454",
        "cursor-style": "bold",
    },
)
LIGHT = Theme(
    name="roomdeck-light",
    primary="#1f5f99",
    secondary="#6b8299",
    accent="#1a56c4",
    warning="#8a5a00",
    error="#b3261e",
    success="#1d6f3c",
    foreground="#1c2026",
    background="#f6f7f9",
    surface="#eceef2",
    panel="#dfe3e9",
    dark=False,
    variables={
        "record": "#c4161c",
        "muted": "#646c78",
        "footer-key-foreground": "#8a5a00",
        "cursor-style": "bold",
    },
)
CONTRAST = Theme(
    name="roomdeck-contrast",
    primary="#00d7ff",
    secondary="#ffffff",
    accent="#00ffff",
    warning="#ffff00",
    error="#ff6060",
    success="#00ff60",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    dark=True,
    text_alpha=1.0,
    variables={
        "record": "#ff3030",
        "muted": "#c8c8c8",
        "footer-key-foreground": "#ffff00",
        "cursor-style": "bold reverse",
    },
)
THEMES = (DARK, LIGHT, CONTRAST)


def theme_for(terminal: Terminal) -> str:
    """Return the name of the theme that suits a terminal."""
    return "ansi-dark" if terminal.colors in (Colors.FEW, Colors.NONE) else DARK.name


def role_defaults(theme: Theme) -> dict[str, str]:
    """Return the colours of our roles for a theme that does not name them."""
    if theme.ansi:
        return {
            "record": "ansi_bright_red",
            "muted": "ansi_bright_black",
            "cursor-style": "bold reverse",
        }
    red = "#ff5c57" if theme.dark else "#c4161c"
    return {"record": red, "muted": "#7d8590", "cursor-style": "bold"}


def check_theme(name: str) -> None:
    """Refuse a theme that does not exist.

    Raises:
        UsageError: There is none of this name; says which there are.
    """
    known = [*(theme.name for theme in THEMES), *BUILTIN_THEMES]
    if name and name not in known:
        raise UsageError(f"no theme called {name!r}; there are: {', '.join(known)}")

"""What this terminal can do, from its environment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Colors(StrEnum):
    """How many colours."""

    TRUE = "truecolor"
    MANY = "256 colours"
    FEW = "16 colours"
    NONE = "no colour"


class Pictures(StrEnum):
    """How a terminal shows pictures, in words."""

    KITTY = "kitty graphics"
    ITERM = "iTerm2 pictures"
    SIXEL = "sixels"
    BLOCKS = "half blocks"
    NONE = "no pictures"


class Terminal(msgspec.Struct, frozen=True):
    """The abilities of a terminal, and what follows for the screens."""

    name: str
    """``TERM``."""
    colors: Colors
    ascii: bool
    """Draw with ASCII only."""
    animation: bool
    mouse: bool
    dumb: bool
    """Cannot show screens at all."""
    ssh: bool
    multiplexer: str = ""
    """``tmux``, ``screen`` or nothing."""
    pictures: Pictures = Pictures.BLOCKS
    """How it would show them, if it is not `blind`."""

    @property
    def blind(self) -> str:
        """Why it shows no pictures; empty where it does."""
        if self.ascii:
            return "this terminal shows ASCII only"
        if self.colors in (Colors.FEW, Colors.NONE):
            return f"this terminal shows {self.colors.value}"
        return ""


def detect(
    environment: Mapping[str, str],
    *,
    ascii: bool = False,
    no_color: bool = False,
    mouse: bool = True,
) -> Terminal:
    """Read the environment; what was asked for on the command line wins.

    Args:
        environment: ``os.environ`` or one of a test.
        ascii: ASCII only was asked for.
        no_color: No colours were asked for.
        mouse: Whether the mouse may be used.
    """
    term = environment.get("TERM", "")
    colors = Colors.NONE if no_color else _colors(environment, term)
    ssh = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
    return Terminal(
        name=term,
        colors=colors,
        ascii=ascii or term == "linux" or not _unicode(environment),
        animation=not ssh,
        mouse=mouse,
        dumb=term in ("", "dumb", "unknown"),
        ssh=ssh,
        multiplexer=_multiplexer(environment, term),
        pictures=_pictures(environment, term),
    )


def _colors(environment: Mapping[str, str], term: str) -> Colors:
    if environment.get("NO_COLOR"):
        return Colors.NONE
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return Colors.TRUE
    if term.endswith("-direct"):
        return Colors.TRUE
    return Colors.MANY if "256" in term or term in _MANY else Colors.FEW


_MANY = ("xterm-kitty", "alacritty", "foot", "wezterm", "xterm-ghostty", "ghostty")


def _unicode(environment: Mapping[str, str]) -> bool:
    """Whether the locale says UTF-8; one that says nothing is believed to be modern."""
    locale = next(
        (environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), ""
    )
    return locale == "" or "utf-8" in locale.lower() or "utf8" in locale.lower()


def _pictures(environment: Mapping[str, str], term: str) -> Pictures:
    """Return what a terminal is known to show, by what it says of itself.

    It is not asked (terminals.md §6). Multiplexers pass nothing on that they do not know.
    """
    if _multiplexer(environment, term):
        return Pictures.BLOCKS
    program = environment.get("TERM_PROGRAM", "")
    if term in ("xterm-kitty", "xterm-ghostty", "ghostty") or program == "ghostty":
        return Pictures.KITTY
    iterm = environment.get("LC_TERMINAL") == "iTerm2" or program == "iTerm.app"
    if iterm or program == "WezTerm" or term == "wezterm":
        return Pictures.ITERM
    return Pictures.SIXEL if term.startswith(("foot", "mlterm", "contour")) else Pictures.BLOCKS


def _multiplexer(environment: Mapping[str, str], term: str) -> str:
    if environment.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    return "screen" if environment.get("STY") or term.startswith("screen") else ""

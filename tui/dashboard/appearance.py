"""How the dashboard should look, as asked for on the command line; and whether it can be shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import msgspec

from .model.terminal import Terminal, detect


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """The options of every command that opens the dashboard."""

    theme: str = ""
    """Name of a theme; the one that suits the terminal if empty."""
    ascii: bool = False
    no_color: bool = False
    mouse: bool = True
    bell: bool = True
    """Ring it once when an alarm begins."""
    interval: float = 1.0
    """Seconds between repaints of mere numbers."""

    def terminal(self, environment: Mapping[str, str] = os.environ) -> Terminal:
        """Return what the terminal can do, and may."""
        return detect(environment, ascii=self.ascii, no_color=self.no_color, mouse=self.mouse)

    def tell_textual(self) -> None:
        """Say before an app is made what Textual takes from the environment only."""
        if self.no_color:
            os.environ["NO_COLOR"] = "1"


def can_show(appearance: Appearance) -> bool:
    """Tell whether there is a terminal for the dashboard; else lines are printed.

    It reads keys from stdin and draws on stderr, as Textual does, so that all three streams
    have to be the terminal.
    """
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    everywhere = all(stream is not None and stream.isatty() for stream in streams)
    return everywhere and not appearance.terminal().dumb

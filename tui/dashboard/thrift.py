"""What Textual writes, without what a terminal knows already. Pure but for `ThriftyDriver`."""

from __future__ import annotations

import re

from textual.drivers.linux_driver import LinuxDriver

_RESET = "\x1b[0m"
_ALIKE = re.compile(r"(\x1b\[[\d;]+m)[^\x1b]*\x1b\[0m(?:\n?\x1b\[\d+;\d+H\1[^\x1b]*\x1b\[0m)+")
"""Pieces of one style in several places: style, text, reset, and from the second one on a place."""


def thrifty(output: str) -> str:
    """Return the same output with one style said once for all pieces in a row that have it.

    Textual ends and says it anew for each piece; moving the cursor changes no style (ECMA-48).
    """
    return _ALIKE.sub(
        lambda found: f"{found[1]}{found[0].replace(found[1], '').replace(_RESET, '')}{_RESET}",
        output,
    )


class ThriftyDriver(LinuxDriver):
    """Sends less: a third of what a calm room takes is styles that are said again."""

    def write(self, data: str) -> None:
        """Write to the terminal."""
        super().write(thrifty(data))

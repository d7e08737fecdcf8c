"""The level of the sound as a bar. Pure."""

from __future__ import annotations

from .glyphs import Glyphs
from .parts import Part

QUIETEST = 60
"""Decibels below the loudest at which the bar is empty; RFC 6464 goes on to 127, silence."""
LOUD = 3
"""Decibels below the loudest from which on sound is likely to be cut off."""
SILENCE = 127


def meter(level: int | None, width: int, glyphs: Glyphs) -> list[Part]:
    """Return a bar of so many cells, and the level in words.

    Args:
        level: 0 is the loudest, 127 is silence (RFC 6464); ``None`` where the sender does not
            say.
        width: Cells of the bar alone.
        glyphs: The signs.
    """
    if level is None:
        return [("its sender tells no level", "muted")]
    full = round(width * max(0, QUIETEST - level) / QUIETEST)
    role = "warning" if level <= LOUD else "level"
    said = "silence" if level >= SILENCE else f"{-level} dB"
    return [
        (glyphs.blocks[-2] * full, role),
        (glyphs.blocks[0] * (width - full), "muted"),
        (f" {said}", ""),
    ]

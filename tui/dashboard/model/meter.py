"""The level of the sound as a bar. Pure."""

from __future__ import annotations

import math

from ....core.model import SILENCE, SoundMeter
from ...text.format import clock
from .glyphs import Glyphs
from .parts import Part

QUIETEST = -60.0
"""dBFS at which the bar is empty."""
LOUD = -3.0
"""dBFS of the mean from which on sound is likely to be cut off."""
CLIP_SHOWN = 3.0
"""Seconds for which it is marked that sound was cut off."""
SILENT_AFTER = 3.0
"""Seconds of silence, as between two sentences, that are worth no word."""


def meter(sound: SoundMeter | None, width: int, glyphs: Glyphs) -> list[Part]:
    """Return a bar of so many cells, and the level in words.

    Args:
        sound: ``None`` where nothing is known.
        width: Cells of the bar alone.
        glyphs: The signs.
    """
    if sound is None:
        return [("not known yet", "muted")]
    cut_off = is_clipped(sound)
    role = "warning" if cut_off or sound.level >= LOUD else "level"
    return [(bar(sound, width, glyphs), role), (f" {_said(sound, cut_off)}", "")]


def bar(sound: SoundMeter, width: int, glyphs: Glyphs) -> str:
    """Return a bar of so many cells: the mean, and a mark at the peak of the last seconds."""
    filled = width * _share(sound.level)
    whole = int(filled)
    highest = len(glyphs.blocks) - 2
    cells = [glyphs.blocks[highest]] * whole + [glyphs.blocks[0]] * (width - whole)
    if whole < width:
        cells[whole] = glyphs.blocks[int((filled - whole) * highest)]
    peak = math.ceil(width * _share(sound.peak)) - 1
    if peak > whole:
        cells[peak] = glyphs.peak
    return "".join(cells)


def is_clipped(sound: SoundMeter) -> bool:
    """Tell whether sound was cut off just now."""
    return sound.clipped is not None and sound.clipped <= CLIP_SHOWN


def silence(sound: SoundMeter | None) -> str:
    """Return for how long there has been nothing to hear, as a clock; empty where there is."""
    if sound is None or sound.silent < SILENT_AFTER:
        return ""
    text = clock(sound.silent)
    # Hours only where there are some.
    return text.removeprefix("0:").lstrip("0").rjust(4, "0") if text.startswith("0:") else text


def _share(level: float) -> float:
    return min(1.0, max(0.0, 1 - level / QUIETEST))


def _said(sound: SoundMeter, cut_off: bool) -> str:
    if cut_off:
        return "clips"
    if long := silence(sound):
        return f"silent for {long}"
    return "silence" if sound.level <= SILENCE else f"{sound.level:.0f} dB"

"""What the pictures and sounds of a recorded file show."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import av

from roomdeck.core.publishing.barcode import read_barcode
from roomdeck.core.publishing.pictures import is_flash
from roomdeck.core.publishing.tones import is_beep


def counters(path: Path) -> list[tuple[int, int] | None]:
    """Return stream number and counter of every picture; ``None`` where no bar code is seen."""
    with av.open(str(path)) as container:
        return [read_barcode(frame) for frame in container.decode(video=0)]


PICTURE = 1 / 25
"""Seconds from one picture of a lab's publisher to the next."""


def sync_offsets(path: Path) -> list[float]:
    """Return by how many seconds each beep begins after its flash.

    A flash that follows a gap is left out: a busy publisher skips pictures, its first ones too.
    """
    with av.open(str(path)) as container:
        flashes = _onsets(
            ((frame.time, is_flash(frame)) for frame in container.decode(video=0)), PICTURE * 1.5
        )
    with av.open(str(path)) as container:
        beeps = _onsets((frame.time, is_beep(frame)) for frame in container.decode(audio=0))
    pairs = [(flash, min(beeps, key=lambda beep: abs(beep - flash))) for flash in flashes if beeps]
    return [beep - flash for flash, beep in pairs if abs(beep - flash) < 0.5]


def _onsets(
    times: Iterable[tuple[float | None, bool]], longest: float = float("inf")
) -> list[float]:
    """Return when it begins, where what is before it is not further away than so many seconds."""
    known = [(time, on) for time, on in times if time is not None]
    return [
        time
        for (earlier, before), (time, on) in pairwise(known)
        if on and not before and time - earlier < longest
    ]

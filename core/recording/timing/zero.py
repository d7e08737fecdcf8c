"""Where a file begins."""

from __future__ import annotations

from ...model import EncodedFrame
from ...rtp.bitstream.sound import TICKS
from .shifts import RIGHT


def from_zero(frame: EncodedFrame, tick: int) -> int:
    """Return the time of a frame in a file that begins at 0, in ticks; below 0 it is not in it.

    Sound that is heard at zero is in the file, where no more of it is from before than its place
    may be wrong by: what was sent together with the first picture may seem a tick older.
    """
    if -RIGHT * frame.codec.clock_rate < tick < 0:
        ticks = TICKS.get(frame.codec)
        if ticks is not None and frame.data and tick + ticks(frame.data) > 0:
            return 0
    return tick

"""What the numbers of a picture mean as colours (ITU-T H.273). Pure.

It is kept as a master says it. Nothing is made up for one that says nothing: senders differ, and
programs that edit have a choice for that.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...model import Codec

UNSAID = 2
"""Of each of the three (H.273, 8.1 to 8.3)."""
_BT601 = 5
_LIMITED, _FULL = 1, 2
"""Ranges as libavutil numbers them."""
MATRICES = {1: "bt709", 4: "fcc", 5: "smpte170m", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
"""As libavfilter's scale calls those between which it converts."""


class Colours(NamedTuple):
    """Of a picture, in the numbers of H.273."""

    primaries: int = UNSAID
    transfer: int = UNSAID
    matrix: int = UNSAID
    full: bool = False
    """Black is 0 and white 255, instead of 16 and 235."""

    @property
    def limited(self) -> Colours:
        """Return the same in the range in which all is delivered."""
        return self._replace(full=False)

    def fits(self, other: Colours) -> bool:
        """Whether a picture may be in a file that says other ones, without being converted."""
        return not self.full and self in (other, UNKNOWN)


UNKNOWN = Colours()
"""Of a picture that says nothing."""


def colours_of(codec: Codec | None, of: Any) -> Colours:
    """Return what a file says, or a decoded frame.

    Args:
        codec: Of the pictures.
        of: A codec context, or a frame.
    """
    matrix = _BT601 if codec is Codec.VP8 else int(of.colorspace)  # RFC 6386, 9.2
    full = codec is not Codec.VP8 and of.color_range == _FULL
    return Colours(int(of.color_primaries), int(of.color_trc), matrix, full)


def tell(colours: Colours, to: Any) -> None:
    """Have an encoder, a track or a frame say what it has; nothing where nobody knows.

    Args:
        colours: In the limited range.
        to: A codec context that is not open yet, or a frame.
    """
    if colours == UNKNOWN:
        return
    to.color_primaries, to.color_trc = colours.primaries, colours.transfer
    to.colorspace, to.color_range = colours.matrix, _LIMITED

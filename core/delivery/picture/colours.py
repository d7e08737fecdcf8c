"""What the numbers of a picture mean as colours (ITU-T H.273). Pure.

It is kept as a master says it. Nothing is made up for one that says nothing: senders differ, and
programs that edit have a choice for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...model import Codec

UNSAID = 2
"""Of each of the three (H.273, 8.1 to 8.3)."""
_BT601 = 5
_LIMITED, _FULL = 1, 2
"""Ranges as libavutil numbers them."""
_SAME = {6: _BT601}
"""BT.601 has two numbers, of 525 and of 625 lines, which differ in nothing that is converted."""
MATRICES = {1: "bt709", 4: "fcc", 5: "smpte170m", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
"""As libavfilter's scale calls those between which it converts."""

PRIMARIES = frozenset({1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22})
"""Between which libavfilter's colorspace converts."""
CURVES = frozenset({1, 4, 5, 6, 7, 13, 14, 15})
"""Transfer characteristics that it knows. Pictures keep theirs: screens show all of these alike."""
_HDR, _SDR = {16: "PQ", 18: "HLG"}, "SDR"
"""What those are called that screens do not show so, and all others."""


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

    def agrees(self, other: Colours) -> bool:
        """Whether nothing that both say is something else."""
        return all(
            UNSAID in (one, another) or _SAME.get(one, one) == _SAME.get(another, another)
            for one, another in zip(self[:3], other[:3], strict=True)
        )

    def beyond(self, other: Colours) -> Colours:
        """Return what another one does not say."""
        return Colours(
            self.primaries if other.primaries == UNSAID else UNSAID,
            self.transfer if other.transfer == UNSAID else UNSAID,
            self.matrix if other.matrix == UNSAID else UNSAID,
            self.full and other == UNKNOWN,
        )

    def with_unsaid(self, other: Colours) -> Colours:
        """Return the same, and what it does not say as another one says it."""
        return Colours(
            other.primaries if self.primaries == UNSAID else self.primaries,
            other.transfer if self.transfer == UNSAID else self.transfer,
            other.matrix if self.matrix == UNSAID else self.matrix,
            self.full or (self == UNKNOWN and other.full),
        )

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


def most_said(counts: Iterable[Mapping[Colours, int]]) -> Colours:
    """Return those that most pictures say, of all that say any, in the limited range.

    Args:
        counts: How many pictures say what, of each file.
    """
    limited = Counter[Colours]()
    for of in counts:
        for colours, number in of.items():
            limited[colours.limited] += number
    del limited[UNKNOWN]
    return max(limited, key=lambda one: limited[one], default=UNKNOWN)


def ranges(delivered: Colours, counts: Iterable[Mapping[Colours, int]]) -> Iterator[str]:
    """Yield what is to be told of pictures in HDR, in words: nothing is brought to another range.

    Args:
        delivered: What the delivered file says.
        counts: As for `most_said`.
    """
    name = _HDR.get(delivered.transfer, _SDR)
    if name != _SDR:
        yield f"pictures are in HDR ({name}) and stay so: what knows SDR alone shows them pale"
    others = Counter[str]()
    for of in counts:
        for colours, number in of.items():
            others[_HDR.get(colours.transfer, _SDR)] += number
    del others[name]
    for other, number in others.items():
        yield (
            f"{number} pictures in {other} are among those in {name}, and not brought to their "
            "range"
        )


def mark(frame: Any, colours: Colours) -> None:
    """Have a decoded frame say what its header does, which a decoder does not always."""
    frame.color_primaries, frame.color_trc = colours.primaries, colours.transfer
    frame.colorspace, frame.color_range = colours.matrix, _FULL if colours.full else _LIMITED


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

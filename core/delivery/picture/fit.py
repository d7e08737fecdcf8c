"""Pictures of any size and range → one: scaled as a whole, with black bars beside another shape."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from .colours import CURVES, MATRICES, PRIMARIES, UNKNOWN, UNSAID, Colours, colours_of

_GREY = 128
_BLACK = 16
_BT709 = 1
_TICK = Fraction(1, 1000)
_PLAIN = ":in_color_matrix=bt709:out_color_matrix=bt709"
"""Options of scale for a picture whose colours are as they should be."""


_TURNS = {
    90: (("transpose", "cclock"),),
    -90: (("transpose", "clock"),),
    180: (("hflip", None), ("vflip", None)),
    -180: (("hflip", None), ("vflip", None)),
}
"""By how many degrees pictures are to be turned counterclockwise, as `VideoFrame.rotation` says."""


class _Form(NamedTuple):
    """What pictures are like that come."""

    width: int
    height: int
    pixels: str
    colours: Colours
    turned: int
    """As a key of `_TURNS`; others are shown as they are stored."""


class Fitter:
    """Brings pictures to one size and pixel format.

    Args:
        size: Width and height in pixels, even.
        pixels: Pixel format of what comes out.
        colours: What its numbers mean, in the limited range.
    """

    def __init__(self, size: tuple[int, int], pixels: str, colours: Colours = UNKNOWN) -> None:
        self._size = size
        self._pixels = pixels
        self._colours = colours
        self._graph: Graph | None = None
        self._form: _Form | None = None
        self._count = 0

    def fit(self, frame: VideoFrame) -> VideoFrame:
        """Return the picture in the right size; it may be the same one."""
        colours = colours_of(None, frame)
        form = _Form(frame.width, frame.height, frame.format.name, colours, frame.rotation)
        if form != self._form:
            self._graph, self._form = self._made(form), form
        if self._graph is None:
            return frame
        frame.pts, frame.time_base = self._count, _TICK
        # Else scale goes from what a frame says to BT.601, as nobody told it another one.
        frame.colorspace = UNSAID
        self._count += 1
        self._graph.push(frame)
        fitted: Any = self._graph.pull()
        return fitted

    def black(self) -> VideoFrame:
        """Return a black picture."""
        frame = VideoFrame(*self._size, "yuv420p")
        for plane, value in zip(frame.planes, (_BLACK, _GREY, _GREY), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        return self.fit(frame)

    def _made(self, form: _Form) -> Graph | None:
        """Return what makes such pictures like ours; ``None`` where they are."""
        moving = _moving(form.colours, self._colours)
        options = _PLAIN if moving else _scaling(form.colours, self._colours)
        turns = _TURNS.get(form.turned, ())
        if form[:3] == (*self._size, self._pixels) and not (moving or options or turns):
            return None
        inner, left, top = placed(upright((form.width, form.height), form.turned), self._size)
        graph = Graph()
        source = graph.add_buffer(
            width=form.width,
            height=form.height,
            format=VideoFormat(form.pixels),
            time_base=_TICK,
        )
        filters = [
            source,
            *(graph.add(name, how) for name, how in turns),
            *([graph.add("colorspace", moving)] if moving else []),
            graph.add("scale", f"{inner[0]}:{inner[1]}:flags=bicubic:out_range=tv{options}"),
            graph.add("pad", f"{self._size[0]}:{self._size[1]}:{left}:{top}:black"),
            graph.add("format", self._pixels),
            graph.add("buffersink"),
        ]
        for one, next_one in pairwise(filters):
            one.link_to(next_one)
        graph.configure()
        return graph


def _scaling(have: Colours, want: Colours) -> str:
    """Options of scale for what numbers mean; empty where they mean the same as ours."""
    options = ":in_range=pc" if have.full else ""
    one, another = MATRICES.get(have.matrix), MATRICES.get(want.matrix)
    if one and another and one != another:
        options += f":in_color_matrix={one}:out_color_matrix={another}"
    return options


def _moving(have: Colours, want: Colours) -> str:
    """Options of colorspace, where primaries are others; empty where they are not, or unsaid."""
    if have.primaries == want.primaries or not {have.primaries, want.primaries} <= PRIMARIES:
        return ""
    matrices = [one if one in MATRICES else _BT709 for one in (have.matrix, want.matrix)]
    curve = have.transfer if have.transfer in CURVES else _BT709
    return (
        f"ispace={matrices[0]}:iprimaries={have.primaries}:itrc={curve}"
        f":irange={'pc' if have.full else 'tv'}"
        f":space={matrices[1]}:primaries={want.primaries}:trc={curve}:range=tv"
    )


def upright(size: tuple[int, int], turned: int) -> tuple[int, int]:
    """Return the width and height of a picture that is turned by so many degrees."""
    width, height = size
    return (height, width) if turned in (90, -90) else size


def placed(of: tuple[int, int], size: tuple[int, int]) -> tuple[tuple[int, int], int, int]:
    """Return the size of a picture within another one, and where it begins: left and top.

    All are even, as 4:2:0 has half as many samples of colour.
    """
    scale = min(size[0] / of[0], size[1] / of[1])
    width, height = (min(_even(part * scale), whole) for part, whole in zip(of, size, strict=True))
    return (width, height), (size[0] - width) // 4 * 2, (size[1] - height) // 4 * 2


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)

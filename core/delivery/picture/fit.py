"""Pictures of any size and range → one: scaled as a whole, with black bars beside another shape."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from .colours import MATRICES, UNKNOWN, UNSAID, Colours, colours_of

_GREY = 128
_BLACK = 16
_TICK = Fraction(1, 1000)


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
        self._form: tuple[int, int, str, str] | None = None
        self._count = 0

    def fit(self, frame: VideoFrame) -> VideoFrame:
        """Return the picture in the right size; it may be the same one."""
        options = self._options(colours_of(None, frame))
        form = frame.width, frame.height, frame.format.name, options
        if form[:3] == (*self._size, self._pixels) and not options:
            return frame
        if form != self._form or self._graph is None:
            self._graph, self._form = self._make(*form), form
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

    def _options(self, colours: Colours) -> str:
        """Options of scale for what numbers mean; empty where they mean the same as ours."""
        options = ":in_range=pc" if colours.full else ""
        have, want = MATRICES.get(colours.matrix), MATRICES.get(self._colours.matrix)
        if have and want and have != want:
            options += f":in_color_matrix={have}:out_color_matrix={want}"
        return options

    def _make(self, width: int, height: int, pixels: str, options: str) -> Graph:
        inner, left, top = placed((width, height), self._size)
        graph = Graph()
        source = graph.add_buffer(
            width=width, height=height, format=VideoFormat(pixels), time_base=_TICK
        )
        scale = graph.add("scale", f"{inner[0]}:{inner[1]}:flags=bicubic:out_range=tv{options}")
        pad = graph.add("pad", f"{self._size[0]}:{self._size[1]}:{left}:{top}:black")
        form = graph.add("format", self._pixels)
        sink = graph.add("buffersink")
        for one, next_one in ((source, scale), (scale, pad), (pad, form), (form, sink)):
            one.link_to(next_one)
        graph.configure()
        return graph


def placed(of: tuple[int, int], size: tuple[int, int]) -> tuple[tuple[int, int], int, int]:
    """Return the size of a picture within another one, and where it begins: left and top.

    All are even, as 4:2:0 has half as many samples of colour.
    """
    scale = min(size[0] / of[0], size[1] / of[1])
    width, height = (min(_even(part * scale), whole) for part, whole in zip(of, size, strict=True))
    return (width, height), (size[0] - width) // 4 * 2, (size[1] - height) // 4 * 2


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)

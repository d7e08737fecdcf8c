"""A picture that others are put on."""

from __future__ import annotations

from collections.abc import Sequence

from av.video.frame import VideoFrame

from .layout import Cell

_GREY = 128
_GROUND = 16


class Canvas:
    """A picture in planar 4:2:0; places and lengths on it are even.

    Args:
        size: Width and height in pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.frame = VideoFrame(*size, "yuv420p")
        self._whole = Cell(0, 0, *size)
        self.clear()

    def clear(self) -> None:
        """Have nothing on it."""
        self.fill(self._whole, _GROUND)

    def fill(self, cell: Cell, luma: int) -> None:
        """Fill a cell with a grey."""
        self.write(cell.left, cell.top, [bytes([luma]) * cell.width] * cell.height)

    def write(self, left: int, top: int, rows: Sequence[bytes]) -> None:
        """Put rows of grey somewhere."""
        if not rows:
            return
        grey = [bytes([_GREY]) * (len(rows[0]) // 2)] * (len(rows) // 2)
        for number, part in enumerate((rows, grey, grey)):
            plane = self.frame.planes[number]
            shift = 1 if number else 0
            pixels, stride = memoryview(plane), plane.line_size
            at = (top >> shift) * stride + (left >> shift)
            for row in part:
                pixels[at : at + len(row)] = row
                at += stride

    def paste(self, picture: VideoFrame, cell: Cell) -> None:
        """Put a picture, in planar 4:2:0 and of the size of a cell, there."""
        for number, source in enumerate(picture.planes):
            plane = self.frame.planes[number]
            shift = 1 if number else 0
            pixels, stride = memoryview(plane), plane.line_size
            others, length = memoryview(source), source.line_size
            width, at = cell.width >> shift, (cell.top >> shift) * stride + (cell.left >> shift)
            for begin in range(0, (cell.height >> shift) * length, length):
                pixels[at : at + width] = others[begin : begin + width]
                at += stride

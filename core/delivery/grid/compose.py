"""A piece of a rough cut: pictures of everybody, decoded, put on one, and encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import msgspec
from av.video.frame import VideoFrame

from ..picture.colours import UNKNOWN, Colours
from ..picture.encoding import Encoding
from ..picture.fit import Fitter
from ..picture.packets import PieceWriter
from ..picture.render import Part, pictures
from .canvas import Canvas
from .layout import Cell, Scene
from .names import in_corner, in_middle

_TELL = 15
_PLAIN = 52
"""Luma of a cell without a picture."""


class Seen(msgspec.Struct, frozen=True):
    """What is seen of a person."""

    name: str
    parts: tuple[Part, ...]


class RoughOrder(msgspec.Struct, frozen=True):
    """What a piece of a rough cut is made of."""

    size: tuple[int, int]
    fps: Fraction
    encoding: Encoding
    number: int
    """Slots."""
    people: tuple[Seen, ...]
    scenes: tuple[Scene, ...]
    """The first one begins with the piece."""
    colours: Colours = UNKNOWN
    """As which it is encoded; pictures that say others are converted."""


def compose(order: RoughOrder, path: Path, progress: Callable[[float], None]) -> list[str]:
    """Make a piece.

    Args:
        order: What it is made of.
        path: Where to; it is there when it is complete.
        progress: Called with how much is done, 0 to 1.

    Returns:
        What could not be decoded, in words.

    Raises:
        RecordingError: It cannot be written.
    """
    errors: list[str] = []
    canvas = Canvas(order.size)
    seats = [_Seat(one, canvas, order.colours, errors) for one in order.people]
    scenes = {scene.begin: scene for scene in order.scenes}
    with PieceWriter(path, order.encoding, order.size, order.fps, 0, order.colours) as writer:
        for slot in range(order.number):
            # The encoder may still have it.
            canvas.frame.make_writable()
            scene = scenes.get(slot)
            if scene is not None:
                canvas.clear()
                for seat, cell in zip(seats, scene.cells, strict=True):
                    seat.move(cell)
            for seat in seats:
                seat.show()
            writer.add(canvas.frame, slot)
            if slot % _TELL == 0:
                progress(slot / order.number)
        writer.finish()
    progress(1.0)
    return errors


class _Seat:
    """The cell of a person."""

    def __init__(self, person: Seen, canvas: Canvas, colours: Colours, errors: list[str]) -> None:
        self._name = person.name
        self._canvas = canvas
        self._colours = colours
        self._pictures = _pictures(person, errors)
        self._fitters: dict[tuple[int, int], Fitter] = {}
        self._cell = Cell(0, 0, 0, 0)
        self._there: VideoFrame | None = None
        self._stale = True

    def move(self, cell: Cell) -> None:
        """Be somewhere else from now on."""
        self._cell, self._stale = cell, True

    def show(self) -> None:
        """Show what is seen in the next slot."""
        picture = next(self._pictures)
        if picture is self._there and not self._stale:
            return
        self._there, self._stale = picture, False
        if picture is None:
            self._show_plain()
        else:
            self._show(picture)

    def _show(self, picture: VideoFrame) -> None:
        cell = self._cell
        size = cell.width, cell.height
        if size not in self._fitters:
            self._fitters[size] = Fitter(size, "yuv420p", self._colours)
        self._canvas.paste(self._fitters[size].fit(picture), cell)
        self._canvas.write(*in_corner(self._name, cell))

    def _show_plain(self) -> None:
        """Show the name, and nothing else."""
        self._canvas.fill(self._cell, _PLAIN)
        self._canvas.write(*in_middle(self._name, self._cell, _PLAIN))


def _pictures(person: Seen, errors: list[str]) -> Iterator[VideoFrame | None]:
    for part in person.parts:
        yield from pictures(part, errors)

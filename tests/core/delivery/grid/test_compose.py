"""Pieces of rough cuts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from roomdeck.core.delivery.grid.compose import Part, RoughOrder, Seen, compose
from roomdeck.core.delivery.grid.layout import Cell, Scene
from roomdeck.core.delivery.picture.encoding import X264, Encoding

ENCODING = Encoding(X264, {"preset": "ultrafast", "bf": "0"})
SIZE = (64, 48)


def composed(path: Path, people: tuple[Seen, ...], *scenes: Scene) -> tuple[list[str], list[bytes]]:
    """What could not be decoded, and the luma of the middle row of each picture."""
    order = RoughOrder(SIZE, Fraction(25), ENCODING, 10, people, scenes)
    notes = compose(order, path, lambda done: None)
    rows = list[bytes]()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            rows.append(bytes(plane)[24 * plane.line_size :][:64])
    return notes, rows


def test_nothing_is_left_of_a_scene_in_the_next_one(tmp_path: Path) -> None:
    nobody = (Seen("", (Part(4), Part(6))),)
    whole, right = Scene(0, (Cell(0, 0, 64, 48),)), Scene(5, (Cell(32, 0, 32, 48),))
    _, rows = composed(tmp_path / "piece", nobody, whole, right)
    assert len(rows) == 10
    assert all(min(row) > 45 for row in rows[:5])
    assert all(max(row[:30]) < 22 and min(row[34:]) > 45 for row in rows[5:])


def test_what_cannot_be_read_is_told_and_is_a_cell_without_a_picture(tmp_path: Path) -> None:
    gone = Part(10, tmp_path / "gone.mkv", 0)
    gone.ticks.extend(range(10))
    people = (Seen("a", (gone,)), Seen("b", (Part(10),)))
    scene = Scene(0, (Cell(0, 0, 32, 48), Cell(32, 0, 32, 48)))
    notes, rows = composed(tmp_path / "piece", people, scene)
    assert any("gone.mkv" in note for note in notes)
    assert all(row[4] > 45 and row[60] > 45 for row in rows)

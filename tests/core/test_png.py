"""A still picture as a file that others read."""

from __future__ import annotations

import io

import av

from roomdeck.core.model import Picture
from roomdeck.core.png import png


def test_it_is_read_as_it_was() -> None:
    rgb = bytes(number * 7 % 256 for number in range(5 * 3 * 3))
    with av.open(io.BytesIO(png(Picture(5, 3, rgb))), "r") as file:
        (frame,) = file.decode(video=0)
    assert (frame.width, frame.height, frame.format.name) == (5, 3, "rgb24")
    (plane,) = frame.planes
    rows = [bytes(plane)[at : at + 15] for at in range(0, 3 * plane.line_size, plane.line_size)]
    assert b"".join(rows) == rgb

"""What other programs mark as turned is upright in what is delivered."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame

from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS

WIDTH, HEIGHT = 64, 32
UPRIGHT = {0: (WIDTH, HEIGHT), 180: (WIDTH, HEIGHT), 90: (HEIGHT, WIDTH), -90: (HEIGHT, WIDTH)}
LIGHT = {0: (0, 0), 90: (0, 1), 180: (1, 1), -90: (1, 0)}
"""Where the light corner is, right of left and below top, when a picture is turned by so much
counterclockwise that has it at its left and top."""


def _phone(path: Path, turned: int) -> None:
    container: Any
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.set_display_rotation(turned)
        for number in range(30):
            frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
            luma = bytearray([16] * frame.planes[0].line_size * HEIGHT)
            for row in range(HEIGHT // 2):
                begin = row * frame.planes[0].line_size
                luma[begin : begin + WIDTH // 2] = bytes([235]) * (WIDTH // 2)
            frame.planes[0].update(bytes(luma))
            for plane in frame.planes[1:]:
                plane.update(bytes([128]) * plane.buffer_size)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("turned", [0, 90, 180, -90])
def test_it_is_upright(tmp_path: Path, turned: int) -> None:
    _phone(tmp_path / "alice_20261129-100000.mp4", turned)
    session, out = find_session(tmp_path), tmp_path / "out"
    (done,) = deliver(session, Wish(PRESETS["edit"]), out)
    assert not done.error
    with av.open(str(out / done.plan.file)) as container:
        frame = next(container.decode(video=0))
    assert frame.rotation == 0
    assert (frame.width, frame.height) == UPRIGHT[turned]
    right, below = LIGHT[turned]
    luma, stride = bytes(frame.planes[0]), frame.planes[0].line_size
    for column in (0, 1):
        for row in (0, 1):
            y, x = frame.height * (1 + 2 * row) // 4, frame.width * (1 + 2 * column) // 4
            assert (luma[y * stride + x] > 128) == ((column, row) == (right, below))
    assert _still_of(out / "report.html") == UPRIGHT[turned]


def _still_of(page: Path) -> tuple[int, int]:
    """Return width and height of the picture in a report."""
    coded = re.search(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", page.read_text())
    assert coded
    container: Any
    with av.open(io.BytesIO(base64.b64decode(coded[1])), format="jpeg_pipe") as container:
        frame = next(container.decode(video=0))
    return frame.width, frame.height

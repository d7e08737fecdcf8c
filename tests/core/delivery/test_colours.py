"""What pictures say of their colours, and the colours that are seen."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.grid.layout import grid
from roomdeck.core.delivery.picture.colours import UNKNOWN, Colours, colours_of
from roomdeck.core.delivery.picture.fit import placed
from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.model import Codec
from roomdeck.core.real_time import leave_real_time

FPS = 30
SIZE = 128, 96
BARS = ((235, 16, 16), (16, 180, 16), (16, 16, 235), (220, 220, 220), (30, 30, 30), (180, 90, 20))
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114)}
"""Of red and blue in brightness (H.273, 8.3)."""
BT709, BT601 = Colours(1, 1, 1), Colours(6, 6, 6)
ENCODERS = {
    Codec.H264: ("libx264", "ts", {"preset": "ultrafast", "qp": "4", "bf": "0"}),
    Codec.H265: ("libx265", "ts", {"preset": "ultrafast", "crf": "4", "bf": "0"}),
    Codec.VP8: ("libvpx", "mkv", {"deadline": "realtime", "crf": "4", "b": "4M"}),
    Codec.VP9: ("libvpx-vp9", "mkv", {"deadline": "realtime", "cpu-used": "8", "b": "4M"}),
    Codec.AV1: ("libsvtav1", "mkv", {"preset": "12", "crf": "10", "svtav1-params": "lp=1"}),
}


def ycc(rgb: tuple[int, ...], colours: Colours) -> tuple[int, ...]:
    red, blue = WEIGHTS[colours.matrix]
    r, g, b = (part / 255 for part in rgb)
    y = red * r + (1 - red - blue) * g + blue * b
    cb, cr = (b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)
    black, white, colour = (0, 255, 255) if colours.full else (16, 219, 224)
    return round(black + white * y), round(128 + colour * cb), round(128 + colour * cr)


def rgb(parts: tuple[float, ...], colours: Colours) -> tuple[float, ...]:
    red, blue = WEIGHTS[colours.matrix]
    y, cb, cr = (parts[0] - 16) / 219, (parts[1] - 128) / 224, (parts[2] - 128) / 224
    r, b = y + (2 - 2 * red) * cr, y + (2 - 2 * blue) * cb
    return r * 255, (y - red * r - blue * b) / (1 - red - blue) * 255, b * 255


def bars(colours: Colours) -> av.VideoFrame:
    frame = av.VideoFrame(*SIZE, "yuvj420p" if colours.full else "yuv420p")
    values = [ycc(bar, colours) for bar in BARS]
    for number, plane in enumerate(frame.planes):
        wide = plane.width // len(BARS) + 1
        row = b"".join(bytes([value[number]]) * wide for value in values)[: plane.width]
        plane.update(row.ljust(plane.line_size, b"\0") * plane.height)
    return frame


def film(path: Path, codec: Codec, colours: Colours, told: bool = True, frames: int = FPS) -> None:
    name, suffix, options = ENCODERS[codec]
    container: Any
    with av.open(str(path.with_suffix(f".{suffix}")), "w") as container:
        stream: Any = container.add_stream(name, rate=FPS)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.options, context.gop_size, context.thread_count = options, 10, 1
        if told:
            context.color_primaries, context.color_trc = colours.primaries, colours.transfer
            context.colorspace, context.color_range = colours.matrix, 2 if colours.full else 1
        container.start_encoding()
        leave_real_time()
        for number in range(frames):
            frame = bars(colours)
            if colours.full:
                # The same numbers, under the name that all encoders take.
                plain = av.VideoFrame(*SIZE, "yuv420p")
                for one, other in zip(frame.planes, plain.planes, strict=True):
                    other.update(bytes(one))
                frame = plain
                frame.color_range = 2
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def delivered(folder: Path, preset: str) -> tuple[Colours, list[tuple[float, ...]], float]:
    """What a delivered file says, the bars in its middle as they decode, and what was copied."""
    (done,) = deliver(find_session(folder), Wish(PRESETS[preset]), folder / "out")
    assert not done.error
    assert done.plan.picture is not None
    container: Any
    with av.open(str(folder / "out" / done.plan.file)) as container:
        stream = container.streams.video[0]
        said = colours_of(None, stream.codec_context)
        frame = next(container.decode(stream))
        depth: int = frame.format.components[0].bits
        assert colours_of(None, frame) == said
        planar: av.VideoFrame = frame.reformat(format="yuv444p10le" if depth > 8 else "yuv444p")
        seen: list[Any] = [
            memoryview(plane).cast("H" if depth > 8 else "B") for plane in planar.planes
        ]
        wide = SIZE[0] // len(BARS) + 1
        places = [(number * wide + wide // 2) for number in range(len(BARS))]
        pitch = planar.planes[0].line_size // (2 if depth > 8 else 1)
        row = SIZE[1] // 2 * pitch
        values = [tuple(float(p[row + at]) / (1 << depth - 8) for p in seen) for at in places]
        return said, values, done.plan.picture.copied


def assert_seen(values: list[tuple[float, ...]], colours: Colours) -> None:
    for value, bar in zip(values, BARS, strict=True):
        assert rgb(value, colours) == pytest.approx(bar, abs=9)


@pytest.mark.parametrize("preset", ["edit", "web", "prores"])
@pytest.mark.parametrize(
    ("codec", "colours"),
    [
        (Codec.H264, BT709),
        (Codec.H264, BT601),
        (Codec.H265, BT709),
        (Codec.VP9, BT709),
        (Codec.AV1, BT709),
        (Codec.H264, BT709._replace(full=True)),
        (Codec.VP9, BT709._replace(full=True)),
    ],
)
def test_colours_are_told_and_seen_as_they_were(
    tmp_path: Path, codec: Codec, colours: Colours, preset: str
) -> None:
    film(tmp_path / "room_alice_20231114-221320", codec, colours)
    said, values, copied = delivered(tmp_path, preset)
    assert said == colours.limited
    assert_seen(values, colours)
    assert (copied > 0) == (preset == "edit" and codec is Codec.H264 and not colours.full)


@pytest.mark.parametrize("preset", ["edit", "prores"])
def test_vp8_is_what_its_standard_says(tmp_path: Path, preset: str) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.VP8, BT601, told=False)
    said, values, _ = delivered(tmp_path, preset)
    assert said.matrix in (5, 6)
    assert_seen(values, BT601)


@pytest.mark.parametrize("preset", ["edit", "web"])
def test_who_says_nothing_is_made_to_say_nothing(tmp_path: Path, preset: str) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.H264, BT709, told=False)
    said, values, copied = delivered(tmp_path, preset)
    assert said == UNKNOWN
    assert_seen(values, BT709)
    assert (copied > 0) == (preset == "edit")


def test_a_take_with_other_colours_is_converted(tmp_path: Path) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.VP9, BT601, frames=10)
    film(tmp_path / "room_alice_20231114-221321", Codec.H264, BT709, frames=40)
    said, values, copied = delivered(tmp_path, "edit")
    assert said == BT709
    assert_seen(values, BT709)
    assert copied > 0


def test_a_rough_cut_shows_everybody_in_the_colours_that_it_says(tmp_path: Path) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.VP9, BT709, frames=40)
    film(tmp_path / "room_bob_20231114-221320", Codec.VP8, BT601, told=False, frames=20)
    wish = Wish(PRESETS["edit"], rough=("grid",))
    done = list(deliver(find_session(tmp_path), wish, tmp_path / "out"))
    assert not any(one.error for one in done)
    container: Any
    with av.open(str(tmp_path / "out" / "grid.mp4")) as container:
        assert colours_of(None, container.streams.video[0].codec_context) == BT709
        planar: av.VideoFrame = next(container.decode(video=0)).reformat(format="yuv444p")
    rows = [memoryview(plane) for plane in planar.planes]
    for cell in grid(2, (planar.width, planar.height)):
        (width, height), left, top = placed(SIZE, (cell.width, cell.height))
        at = (cell.top + top + height // 2) * planar.planes[0].line_size + cell.left + left
        wide = SIZE[0] // len(BARS) + 1
        places = [at + (number * wide + wide // 2) * width // SIZE[0] for number in range(6)]
        assert_seen([tuple(float(row[place]) for row in rows) for place in places], BT709)

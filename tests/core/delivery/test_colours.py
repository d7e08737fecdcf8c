"""What pictures say of their colours, and the colours that are seen."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

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
WIDE = SIZE[0] // len(BARS) + 1
AT = [number * WIDE + WIDE // 2 for number in range(len(BARS))]
"""Columns in the middle of bars."""
FFMPEG = shutil.which("ffmpeg")
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""Of red and blue in brightness (H.273, 8.3)."""
BT709, BT601 = Colours(1, 1, 1), Colours(6, 6, 6)
FULL = BT709._replace(full=True)
PQ, HLG = Colours(9, 16, 9), Colours(9, 18, 9)
TO_709 = (0.9395, 0.0502, 0.0103), (0.0178, 0.9658, 0.0164), (-0.0016, -0.0044, 1.0060)
"""Primaries of 525 lines as those of BT.709, linear (SMPTE RP 177)."""
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


def rgb(parts: Sequence[float], colours: Colours) -> tuple[float, ...]:
    red, blue = WEIGHTS[colours.matrix]
    y, cb, cr = (parts[0] - 16) / 219, (parts[1] - 128) / 224, (parts[2] - 128) / 224
    r, b = y + (2 - 2 * red) * cr, y + (2 - 2 * blue) * cb
    return r * 255, (y - red * r - blue * b) / (1 - red - blue) * 255, b * 255


def in_709(bar: tuple[int, ...], colours: Colours) -> tuple[float, ...]:
    """What is seen where primaries are those of BT.709."""
    if colours.primaries != BT601.primaries:
        return bar
    linear = [_linear(part / 255) for part in bar]
    rows = (sum(one * part for one, part in zip(row, linear, strict=True)) for row in TO_709)
    return tuple(255 * _curved(min(1.0, max(0.0, value))) for value in rows)


def _linear(value: float) -> float:
    return value / 4.5 if value < 0.081 else ((value + 0.099) / 1.099) ** (1 / 0.45)


def _curved(value: float) -> float:
    return value * 4.5 if value < 0.018 else 1.099 * value**0.45 - 0.099


def bars(colours: Colours) -> av.VideoFrame:
    frame = av.VideoFrame(*SIZE, "yuvj420p" if colours.full else "yuv420p")
    values = [ycc(bar, colours) for bar in BARS]
    for number, plane in enumerate(frame.planes):
        wide = plane.width // len(BARS) + 1
        row = b"".join(bytes([value[number]]) * wide for value in values)[: plane.width]
        plane.update(row.ljust(plane.line_size, b"\0") * plane.height)
    return frame


Part = tuple[Colours | None, int]
"""What a stretch of a film says of its colours, ``None`` for nothing, and its pictures."""


def film(path: Path, codec: Codec, *parts: Part) -> None:
    """A film that says something else of its colours in each part."""
    name, suffix, _ = ENCODERS[codec]
    container: Any
    number = 0
    with av.open(str(path.with_suffix(f".{suffix}")), "w") as container:
        stream: Any = container.add_stream(name, rate=FPS)
        for which, (colours, frames) in enumerate(parts):
            context = av.CodecContext.create(name, "w") if which else stream.codec_context
            set_up(context, codec, colours)
            plain = BT601 if codec is Codec.VP8 else BT709
            for packet in encoded(context, colours or plain, range(number, number + frames)):
                packet.stream = stream
                container.mux(packet)
            number += frames


def set_up(context: Any, codec: Codec, colours: Colours | None) -> None:
    context.width, context.height = SIZE
    context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, FPS), FPS
    context.options, context.gop_size, context.thread_count = ENCODERS[codec][2], 10, 1
    if colours is not None:
        context.color_primaries, context.color_trc = colours.primaries, colours.transfer
        context.colorspace, context.color_range = colours.matrix, 2 if colours.full else 1
    context.open()
    leave_real_time()


def encoded(context: Any, colours: Colours, numbers: range) -> Iterator[Any]:
    for number in numbers:
        frame = bars(colours)
        if colours.full:
            # The same numbers, under the name that all encoders take.
            plain = av.VideoFrame(*SIZE, "yuv420p")
            for one, other in zip(frame.planes, plain.planes, strict=True):
                other.update(bytes(one))
            frame = plain
            frame.color_range = 2
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        yield from context.encode(frame)
    yield from context.encode(None)


class Delivered(NamedTuple):
    """A delivered file."""

    path: Path
    said: Colours
    """In its header."""
    copied: int
    """Pictures."""
    notes: tuple[str, ...]

    def bars(self, numbers: Sequence[int] = (0,)) -> list[list[tuple[float, ...]]]:
        """The bars of these pictures, as red, green and blue by what the file says of itself."""
        container: Any
        with av.open(str(self.path)) as container:
            frames = list(container.decode(video=0))
        assert {colours_of(None, frame) for frame in frames} == {self.said}
        return [[rgb(bar, self.said) for bar in _bars(frames[number])] for number in numbers]

    def raw_bars(self) -> list[tuple[float, ...]]:
        """The bars of the first picture, in the numbers that are in the file."""
        container: Any
        with av.open(str(self.path)) as container:
            return _bars(next(container.decode(video=0)))

    def bars_by_ffmpeg(self, numbers: Sequence[int]) -> list[list[tuple[float, ...]]]:
        """The same as another program shows them."""
        command = ["ffmpeg", "-v", "error", "-i", str(self.path), "-f", "rawvideo"]
        command += ["-pix_fmt", "rgb24", "-vf", "scale=flags=accurate_rnd", "-"]
        shown = subprocess.run(command, capture_output=True, check=True).stdout
        row = SIZE[1] // 2 * SIZE[0]
        pixels = [[(number * SIZE[0] * SIZE[1] + row + at) * 3 for at in AT] for number in numbers]
        return [[tuple(map(float, shown[at : at + 3])) for at in one] for one in pixels]


def _bars(frame: av.VideoFrame) -> list[tuple[float, ...]]:
    depth: int = frame.format.components[0].bits
    planar = frame.reformat(format="yuv444p10le" if depth > 8 else "yuv444p")
    planes: list[Any] = [
        memoryview(plane).cast("H" if depth > 8 else "B") for plane in planar.planes
    ]
    row = SIZE[1] // 2 * (planar.planes[0].line_size // (2 if depth > 8 else 1))
    return [tuple(float(one[row + at]) / (1 << depth - 8) for one in planes) for at in AT]


def delivered(folder: Path, preset: str) -> Delivered:
    (done,) = deliver(find_session(folder), Wish(PRESETS[preset]), folder / "out")
    assert not done.error
    assert done.plan.picture is not None
    path = folder / "out" / done.plan.file
    container: Any
    with av.open(str(path)) as container:
        said = colours_of(None, container.streams.video[0].codec_context)
    return Delivered(path, said, done.plan.picture.copied, done.notes)


def assert_seen(values: Sequence[tuple[float, ...]], colours: Colours = BT709) -> None:
    """These are the bars of a film of these colours, where the colours of BT.709 are seen."""
    for value, bar in zip(values, BARS, strict=True):
        assert value == pytest.approx(in_709(bar, colours), abs=9)


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
    film(tmp_path / "room_alice_20231114-221320", codec, (colours, FPS))
    file = delivered(tmp_path, preset)
    assert file.said == colours.limited
    assert not file.notes
    assert_seen(file.bars()[0])
    assert (file.copied > 0) == (preset == "edit" and codec is Codec.H264 and not colours.full)


@pytest.mark.parametrize(
    ("codec", "colours", "preset"),
    [
        (Codec.H264, PQ, "edit"),
        (Codec.H265, PQ, "prores"),
        (Codec.H265, HLG, "edit"),
        (Codec.AV1, PQ, "web"),
    ],
)
def test_hdr_stays_what_it_is_and_is_told(
    tmp_path: Path, codec: Codec, colours: Colours, preset: str
) -> None:
    film(tmp_path / "room_alice_20231114-221320", codec, (colours, 20))
    file = delivered(tmp_path, preset)
    assert file.said == colours
    assert_seen(file.bars()[0])
    name = "PQ" if colours == PQ else "HLG"
    assert file.notes == (
        f"pictures are in HDR ({name}) and stay so: what knows SDR alone shows them pale",
    )


@pytest.mark.parametrize(("most", "least"), [(BT709, PQ), (HLG, BT709)])
def test_hdr_beside_sdr_is_told(tmp_path: Path, most: Colours, least: Colours) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.H265, (least, 10), (most, 20))
    file = delivered(tmp_path, "edit")
    assert file.said == most
    names = {PQ: "PQ", HLG: "HLG", BT709: "SDR"}
    assert file.notes[-1] == (
        f"10 pictures in {names[least]} are among those in {names[most]}, and not brought to "
        "their range"
    )


@pytest.mark.parametrize("preset", ["edit", "prores"])
def test_vp8_is_what_its_standard_says(tmp_path: Path, preset: str) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.VP8, (None, FPS))
    file = delivered(tmp_path, preset)
    assert file.said.matrix in (5, 6)
    assert_seen(file.bars()[0])


@pytest.mark.parametrize("preset", ["edit", "web"])
def test_who_says_nothing_is_made_to_say_nothing(tmp_path: Path, preset: str) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.H264, (None, FPS))
    file = delivered(tmp_path, preset)
    assert file.said == UNKNOWN
    assert_seen([rgb(bar, BT709) for bar in file.raw_bars()])
    assert (file.copied > 0) == (preset == "edit")


def test_a_take_with_other_colours_is_converted(tmp_path: Path) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.VP9, (BT601, 10))
    film(tmp_path / "room_alice_20231114-221321", Codec.H264, (BT709, 40))
    file = delivered(tmp_path, "edit")
    assert file.said == BT709
    first, last = file.bars((0, 50))
    assert_seen(first, BT601)
    assert_seen(last)
    assert file.copied > 0


MAINLY = 40
"""Pictures of the longer part."""


@pytest.mark.parametrize(
    ("codec", "other", "first"),
    [
        (Codec.H264, BT601, True),
        (Codec.H264, BT601, False),
        (Codec.H265, BT601, False),
        (Codec.VP9, BT601, True),
        (Codec.AV1, BT601, False),
        (Codec.H264, FULL, True),
        (Codec.VP9, FULL, False),
        (Codec.H264, None, False),
    ],
)
def test_colours_that_change_within_a_take_are_one_in_what_is_delivered(
    tmp_path: Path, codec: Codec, other: Colours | None, first: bool
) -> None:
    usual = FULL if other is None else BT709
    parts = [(other, 20), (usual, MAINLY)]
    film(tmp_path / "room_alice_20231114-221320", codec, *(parts if first else parts[::-1]))
    file = delivered(tmp_path, "edit")
    assert file.said.limited.agrees(BT709)
    assert file.said.matrix == BT709.matrix
    # VP9 says no primaries.
    seen = BT709 if other is None or codec is Codec.VP9 else other
    middles = (10, 20 + MAINLY // 2) if first else (MAINLY + 10, MAINLY // 2)
    for shown in (file.bars, file.bars_by_ffmpeg) if FFMPEG else (file.bars,):
        part, rest = shown(middles)
        assert_seen(part, seen)
        assert_seen(rest)
    assert (file.copied == MAINLY) == (codec is Codec.H264 and usual is BT709)


def test_a_rough_cut_shows_everybody_in_the_colours_that_it_says(tmp_path: Path) -> None:
    film(tmp_path / "room_alice_20231114-221320", Codec.VP9, (BT709, 40))
    film(tmp_path / "room_bob_20231114-221320", Codec.VP8, (None, 20))
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
        places = [at + one * width // SIZE[0] for one in AT]
        assert_seen([rgb([float(row[place]) for row in rows], BT709) for place in places])

"""What is known of a file's pictures before one is decoded."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.delivery.picture.index import Group, Index, read_index
from roomdeck.core.delivery.picture.packets import copied
from roomdeck.core.delivery.picture.parameter_sets import configuration, listed_sets
from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream.nal import split_annex_b


def film(path: Path, encoder: str, pictures: int = 10) -> Path:
    """A file as another program writes it."""
    container: Any
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.gop_size = 5
        for number in range(pictures):
            frame: Any = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([100 + number]) * plane.buffer_size)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".ts"])
def test_h264_of_other_programs_has_its_sets_in_the_header_alone(
    tmp_path: Path, suffix: str
) -> None:
    path = film(tmp_path / f"other{suffix}", "libx264")
    index = read_index(path)
    assert (index.codec, len(index.shown), index.errors) == (Codec.H264, 10, [])
    assert [(group.width, group.height) for group in index.groups] == [(64, 48)] * 2
    assert all(group.sets for group in index.groups)
    assert index.seconds() == pytest.approx([number / 25 for number in range(10)], abs=0.001)
    assert [one.key for one in copied(path, index, 5, 5)] == [True] + [False] * 4


def test_what_roomdeck_does_not_record_has_the_size_that_its_container_says(tmp_path: Path) -> None:
    index = read_index(film(tmp_path / "other.mkv", "mpeg4"))
    assert (index.codec, len(index.shown), index.errors) == (None, 10, [])
    assert next(iter(index.sizes()))[:2] == (64, 48)
    assert index.time_base == Fraction(1, 1000)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in read_index(tmp_path / "none.mkv").errors[0]
    (tmp_path / "torn.mkv").write_bytes(b"\x1aE\xdf\xa3" + bytes(100))
    assert "cannot be read" in read_index(tmp_path / "torn.mkv").errors[0]


def test_sets_go_into_a_header_and_out_again() -> None:
    sets = (b"\x67\x42\xc0\x1esps", b"\x67\x64\x00\x1fother", b"\x68pps")
    assert tuple(split_annex_b(listed_sets(configuration(sets)))) == sets
    record = configuration(sets)
    for end in range(len(record)):
        listed_sets(record[:end])  # a torn one raises nothing


def test_each_group_has_its_size_for_as_long_as_it_is_shown() -> None:
    times = array("q", [0, 500, 1000, 1500])
    groups = [Group(0, 320, 180, None), Group(2, 180, 320, None)]
    index = Index(stored=times, shown=times, groups=groups)
    assert list(index.sizes()) == [(320, 180, 1.0), (180, 320, 0.5)]


def test_sound_alone_has_no_size() -> None:
    assert list(Index().sizes()) == []

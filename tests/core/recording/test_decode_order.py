from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import av
import av.logging
import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from roomdeck.core.model import Codec, Container, EncodedFrame
from roomdeck.core.recording.check import check
from roomdeck.core.recording.container import TakeFile, VideoFormat
from roomdeck.core.recording.decode_order import MAX_DEPTH, STEP, DecodeTimes
from roomdeck.core.recording.sentlog import SentLog
from roomdeck.core.rtp.bitstream import frame_size, reorder_depth
from roomdeck.core.rtp.bitstream.bits import BitReader
from roomdeck.core.rtp.bitstream.nal import join_annex_b, split_annex_b, unescape

from ..rtp.bitwriter import BitWriter, escape

WIDTH, HEIGHT, TICKS = 96, 64, 3000
GUESSING = "Increasing reorder buffer"
"""What FFmpeg's decoder remarks where the stream did not say its order at first."""


def depth_of(times: Sequence[int]) -> int:
    """How many larger times come before any of them, at most."""
    return max(sum(earlier > time for earlier in times[:n]) for n, time in enumerate(times))


@st.composite
def reordered(draw: st.DrawFn) -> list[int]:
    """Times of pictures in decode order, the first one first, with pauses and reordered."""
    steps = draw(st.lists(st.integers(2 * STEP, 200_000), max_size=60))
    window = draw(st.integers(0, 8))
    waiting: list[int] = []
    ahead: list[int] = []
    for time in (sum(steps[: n + 1]) for n in range(len(steps))):
        waiting.append(time)
        if len(waiting) > window:
            ahead.append(waiting.pop(draw(st.integers(0, len(waiting) - 1))))
    return [0, *ahead, *waiting]


@given(times=reordered(), more=st.integers(0, 3))
def test_known_depth(times: list[int], more: int) -> None:
    depth = depth_of(times)
    assume(depth + more <= MAX_DEPTH)
    order = DecodeTimes(reorders=True)
    order.deepen(depth + more)
    decode = [order.next(time) for time in times]
    assert all(a < b for a, b in pairwise(decode))
    assert all(dts <= pts for dts, pts in zip(decode, times, strict=True))
    assert decode[depth + more :] == sorted(times)[: max(0, len(times) - depth - more)]


@given(times=st.lists(st.integers(0, 2**40)), depth=st.integers(0, 99), reorders=st.booleans())
def test_any_times_give_increasing_ones(times: list[int], depth: int, reorders: bool) -> None:
    order = DecodeTimes(reorders=reorders)
    order.deepen(depth)
    decode = [order.next(time) for time in times]
    assert all(a < b for a, b in pairwise(decode))
    assert order.depth <= MAX_DEPTH
    kept = [dts <= pts for dts, pts in zip(decode, times, strict=True)]
    assert kept == [n == 0 or t > decode[n - 1] for n, t in enumerate(times)]


def test_more_depth_is_believed_when_it_is_seen() -> None:
    order = DecodeTimes(reorders=True)
    shown = [0, 4, 2, 1, 3]  # a picture between two others refers to one between them
    times = [30_000 * group * 4 + 30_000 * n for group in range(9) for n in shown[1:]]
    wrong = [order.next(time) > time for time in times]
    assert sum(wrong) <= 3
    assert not any(wrong[8:])
    assert order.depth <= 3


def test_a_time_that_is_wrong_by_seconds_is_no_order() -> None:
    order = DecodeTimes(reorders=True)
    for time in (0, 300_000, 3000, 303_000):
        order.next(time)
    assert order.depth == 0


class Movie(NamedTuple):
    frames: list[EncodedFrame]
    times: list[int]
    """Presentation times from 0, 90 kHz, in decode order."""


@cache
def movie(codec: Codec, b_frames: int, extra: str = "") -> Movie:
    """Pictures with B-frames as an encoder gives them: each brighter than the one before."""
    name = {Codec.H264: "libx264", Codec.H265: "libx265"}[codec]
    parameters = f"keyint=30:min-keyint=30:scenecut=0:bframes={b_frames}:b-adapt=0{extra}"
    if codec is Codec.H265:
        parameters += ":log-level=none:pools=1:repeat-headers=1"
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 30), 30
    encoder.options = {f"{name[3:]}-params": parameters, "preset": "veryfast"}
    encoder.thread_count = 1
    packets: list[Any] = []
    for number in range(100):
        packets += encoder.encode(_picture(number))
    packets += encoder.encode(None)
    frames = [_frame(codec, packet) for packet in packets]
    return Movie(frames, [frame.rtp_time for frame in frames])


def _picture(number: int) -> av.VideoFrame:
    picture: Any = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    luma, *chroma = picture.planes
    luma.update(bytes([20 + 2 * number]) * luma.buffer_size)
    for plane in chroma:
        plane.update(b"\x80" * plane.buffer_size)
    picture.pts, picture.time_base = number, Fraction(1, 30)
    return picture


def _frame(codec: Codec, packet: Any) -> EncodedFrame:
    data, key = bytes(packet), packet.is_keyframe
    width, height = (frame_size(codec, data) or (0, 0)) if key else (0, 0)
    return EncodedFrame(codec, data, packet.pts * TICKS, packet.pts / 30, key, width, height)


class Shown(NamedTuple):
    number: int
    """Of the picture, as its brightness says."""
    time: float
    """Seconds, in the file."""


def record(path: Path, frames: Sequence[EncodedFrame]) -> None:
    """Write a file as a take does."""
    codec, container = frames[0].codec, Container(path.suffix[1:])
    with path.open("xb", buffering=0) as file:
        take = TakeFile(path, file, VideoFormat(codec, WIDTH, HEIGHT), None, container)
        for frame in frames:
            take.write(frame, frame.rtp_time)
        take.close()


def read(path: Path, remark: str = "") -> tuple[list[Any], list[Shown]]:
    """Packets of the picture, and pictures as a player shows them.

    Nothing is complained of, but for a remark that is expected.
    """
    packets: list[Any] = []
    shown: list[Shown] = []
    picture: Any
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as complaints, av.open(str(path)) as container:
            zero = (container.start_time or 0) / av.time_base
            for packet in container.demux(video=0):
                packets += [packet] if packet.size else []
                for picture in packet.decode():
                    luma: Any = picture.planes[0]
                    number = round((bytes(luma)[0] - 20) / 2)
                    shown.append(Shown(number, float(picture.pts * picture.time_base) - zero))
    finally:
        av.logging.set_level(None)
    assert not [text for _, _, text in complaints if not remark or remark not in text]
    return packets, shown


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
@pytest.mark.parametrize("b_frames", [2, 3])
@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_files_with_b_frames(codec: Codec, b_frames: int, suffix: str, tmp_path: Path) -> None:
    frames, times = movie(codec, b_frames)
    assert depth_of(times) >= 1
    path = tmp_path / f"take.{suffix}"
    record(path, frames)
    packets, shown = read(path)
    assert [picture.number for picture in shown] == list(range(100))
    assert all(abs(picture.time - picture.number / 30) < 0.001 for picture in shown)
    assert len(packets) == 100
    if suffix != "mkv":  # Matroska has no decode times
        decode = [packet.dts for packet in packets]
        assert suffix == "mp4" or decode[0] >= 0
        assert all(a < b for a, b in pairwise(decode))
        assert all(packet.dts <= packet.pts for packet in packets)


@pytest.mark.parametrize("b_frames", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_depth_that_the_stream_says(codec: Codec, b_frames: int) -> None:
    frames, times = movie(codec, b_frames)
    depth = reorder_depth(codec, frames[0].data)
    assert depth is not None
    assert 0 <= depth - depth_of(times) <= 1  # an encoder may say more than it does
    assert reorder_depth(codec, frames[1].data) is None


def without_vui(frame: EncodedFrame) -> EncodedFrame:
    """The frame, but its SPS says nothing of the order, like those of many hardware encoders."""
    nals = list(split_annex_b(frame.data))
    index = next((n for n, nal in enumerate(nals) if nal[0] & 31 == 7), None)
    if index is None:
        return frame
    payload = unescape(nals[index][1:])
    bits, sps = BitReader(payload), BitWriter()
    sps.put(bits.bits(8), 8).put(bits.bits(16), 16).ue(bits.exp_golomb())
    for _ in range(3):  # chroma and depths, in a high profile
        sps.ue(bits.exp_golomb())
    sps.put(bits.bits(2), 2)
    for _ in range(4):  # frame numbers, order, references
        sps.ue(bits.exp_golomb())
    sps.put(bits.bits(1)).ue(bits.exp_golomb()).ue(bits.exp_golomb()).put(bits.bits(3), 3)
    nals[index] = nals[index][:1] + escape(sps.put(0).done())
    return msgspec.structs.replace(frame, data=join_annex_b(nals))


@pytest.mark.parametrize("b_frames", [2, 3])
def test_nothing_is_said_of_the_order(b_frames: int, tmp_path: Path) -> None:
    frames = [without_vui(frame) for frame in movie(Codec.H264, b_frames).frames]
    assert frame_size(Codec.H264, frames[0].data) == (WIDTH, HEIGHT)
    path = tmp_path / "take.ts"
    record(path, frames)
    packets, shown = read(path, GUESSING)
    assert [picture.number for picture in shown] == list(range(100))
    assert all(abs(picture.time - picture.number / 30) < 0.001 for picture in shown)
    assert all(a.dts < b.dts for a, b in pairwise(packets))


def test_order_begins_in_the_middle(tmp_path: Path) -> None:
    """An encoder that is set up anew, and then sends pictures out of order."""
    plain, later = movie(Codec.H264, 0).frames, movie(Codec.H264, 3).frames
    frames = [*plain, *(moved(frame, 100) for frame in later)]
    path = tmp_path / "take.ts"
    record(path, frames)
    packets, shown = read(path, GUESSING)
    assert len(packets) == 200
    assert [round(picture.time * 30) for picture in shown] == list(range(200))


def moved(frame: EncodedFrame, pictures: int) -> EncodedFrame:
    return msgspec.structs.replace(frame, rtp_time=frame.rtp_time + pictures * TICKS)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_a_check_knows_of_b_frames(codec: Codec, tmp_path: Path) -> None:
    frames, _ = movie(codec, 3)
    with SentLog(tmp_path / "sent") as log:
        for frame in frames:
            log.write(moved(frame, 2**32 // TICKS - 50))
    path = tmp_path / "take.ts"
    record(path, [frame for n, frame in enumerate(frames) if n != 98])
    report = check(path, tmp_path / "sent")
    assert report.video is not None
    assert (report.video.backward.count, report.video.gaps, report.video.start) == (0, [], 0)
    assert report.video.end == pytest.approx(100 / 30, abs=0.001)
    assert [(c.matched, c.missing, c.mistimed, c.extra) for c in report.comparisons] == [
        (99, 1, 0, 0)
    ]

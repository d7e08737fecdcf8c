"""Real frames from real encoders, tiny pictures, made once per test run."""

# PyAV's stubs leave the type argument of Packet open wherever they mention it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeArgument=false

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import av
from av.video.codeccontext import VideoCodecContext

from roomdeck.core.model import Codec
from roomdeck.core.real_time import leave_real_time


class Recipe(NamedTuple):
    codec: Codec
    encoder: str
    width: int
    height: int
    pixels: str = "yuv420p"
    options: tuple[tuple[str, str], ...] = ()


class Encoded(NamedTuple):
    data: bytes
    key: bool


_SVT_AV1 = (("preset", "12"), ("svtav1-params", "lp=1"))

RECIPES = {
    "h264-baseline": Recipe(
        Codec.H264, "libx264", 50, 38, options=(("profile", "baseline"), ("tune", "zerolatency"))
    ),
    "h264-high-slices": Recipe(
        Codec.H264,
        "libx264",
        98,
        74,
        options=(("profile", "high"), ("x264-params", "slices=3:aud=1:cqm=jvt:repeat-headers=1")),
    ),
    "h264-interlaced": Recipe(
        Codec.H264, "libx264", 66, 52, options=(("x264-params", "interlaced=1:bframes=0"),)
    ),
    "h264-422": Recipe(Codec.H264, "libx264", 54, 37, "yuv422p"),
    "h264-444": Recipe(Codec.H264, "libx264", 53, 37, "yuv444p"),
    "h264-gray": Recipe(Codec.H264, "libx264", 51, 35, "gray"),
    "h265": Recipe(
        Codec.H265, "libx265", 70, 54, options=(("x265-params", "log-level=0:bframes=0:aud=1"),)
    ),
    "h265-444": Recipe(
        Codec.H265, "libx265", 69, 53, "yuv444p", options=(("x265-params", "log-level=0"),)
    ),
    "vp8": Recipe(Codec.VP8, "libvpx", 53, 37, options=(("deadline", "realtime"),)),
    "vp9": Recipe(Codec.VP9, "libvpx-vp9", 53, 37, options=(("deadline", "realtime"),)),
    "vp9-444": Recipe(Codec.VP9, "libvpx-vp9", 53, 37, "yuv444p"),
    "vp9-rgb": Recipe(Codec.VP9, "libvpx-vp9", 53, 37, "gbrp"),
    "av1": Recipe(Codec.AV1, "libsvtav1", 66, 70, options=_SVT_AV1),
    "av1-10bit": Recipe(Codec.AV1, "libsvtav1", 70, 66, "yuv420p10le", options=_SVT_AV1),
}


@cache
def encode(name: str, count: int = 6) -> tuple[Encoded, ...]:
    """Frames in decoding order, with a key frame at least every third."""
    recipe = RECIPES[name]
    encoder = av.CodecContext.create(recipe.encoder, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = recipe.width, recipe.height, recipe.pixels
    encoder.time_base, encoder.framerate = Fraction(1, 30), Fraction(30)
    encoder.bit_rate, encoder.gop_size, encoder.thread_count = 2_000_000, 3, 1
    encoder.options = {"sc_threshold": "0", **dict(recipe.options)}
    encoder.open()
    leave_real_time()
    packets: list[av.Packet] = []
    for index in range(count):
        frame = noise(recipe.width, recipe.height, index).reformat(format=recipe.pixels)
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return tuple(Encoded(bytes(packet), packet.is_keyframe) for packet in packets)


def noise(width: int, height: int, seed: int) -> av.VideoFrame:
    """A picture that does not compress well, different for every seed."""
    frame = av.VideoFrame(width, height, "yuv420p")
    for number, plane in enumerate(frame.planes):
        step = 37 + 2 * seed + number
        plane.update(
            bytes((index * index * step >> 3) & 0xFF for index in range(plane.buffer_size))
        )
    return frame


def decode(codec: Codec, frames: Sequence[bytes]) -> list[bytes]:
    """The pixels of every decoded picture."""
    name = {Codec.AV1: "libdav1d", Codec.H265: "hevc"}.get(codec, codec.value)
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    pictures: list[av.VideoFrame] = []
    for data in frames:
        pictures += decoder.decode(av.Packet(data))
    pictures += decoder.decode(None)
    return [pixels(picture) for picture in pictures]


def split_superframe(picture: bytes) -> list[bytes]:
    """The frames of a VP9 superframe, as FFmpeg tells them apart."""
    splitter = av.BitStreamFilterContext("vp9_superframe_split", "vp9")
    parts = splitter.filter(av.Packet(picture)) + splitter.filter(None)
    return [bytes(part) for part in parts]


def count_access_units(codec: Codec, stream: bytes) -> int:
    """Pictures that a reader of a file without packet borders sees."""
    reader = av.CodecContext.create({Codec.H265: "hevc"}.get(codec, codec.value), "r")
    return len(reader.parse(stream) + reader.parse(b""))


def pixels(picture: av.VideoFrame) -> bytes:
    """All planes without the padding of their lines."""
    rows: list[bytes] = []
    for plane in picture.planes:
        data, stride = bytes(plane), plane.line_size
        used = plane.width * (2 if "10" in picture.format.name else 1)
        rows += (data[row * stride : row * stride + used] for row in range(plane.height))
    return b"".join(rows)

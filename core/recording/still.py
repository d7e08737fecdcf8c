"""One key frame → a small picture to look at, or to judge. Nothing of it reaches a file."""

from __future__ import annotations

from typing import Any

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from ..errors import MediaError
from ..model import Codec, EncodedFrame, Picture

WIDTH = 96
HEIGHT = 54
GREYS = 32, 18
"""Columns and rows that are enough to tell black from dark, and still from moving."""
MAX_PIXELS = 1 << 26
"""Pictures beyond 8192x8192 are not decoded: a few hostile bytes could claim any size."""

_DECODERS = {Codec.H265: "hevc", Codec.AV1: "libdav1d"}
"""Where FFmpeg's own choice is another name, or a decoder that needs graphics hardware."""


def still(frame: EncodedFrame, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Decode a video key frame into a picture of at most ``width`` x ``height`` pixels.

    The picture keeps its shape and never grows. Takes tens of milliseconds for a large frame,
    so it belongs into a thread of its own.

    Raises:
        MediaError: The frame does not decode by itself.
    """
    picture = _decode(frame)
    scale = min(width / picture.width, height / picture.height, 1.0)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    try:
        small = picture.reformat(*size, format="rgb24", interpolation=Interpolation.AREA)
    except (FFmpegError, ValueError) as error:
        raise MediaError(f"a still picture could not be made: {error}") from None
    return Picture(*size, _rows(small, 3))


def greys(frame: EncodedFrame) -> bytes:
    """Decode a video key frame into `GREYS` values of brightness, 0 to 255, row by row.

    It need not be beautiful: decoders leave out what only smooths the picture.

    Raises:
        MediaError: The frame does not decode by itself.
    """
    picture = _decode(frame, skip_loop_filter="all")
    try:
        small = picture.reformat(*GREYS, format="gray", interpolation=Interpolation.AREA)
    except (FFmpegError, ValueError) as error:
        raise MediaError(f"a key frame could not be looked at: {error}") from None
    return _rows(small, 1)


def _decode(frame: EncodedFrame, **options: str) -> VideoFrame:
    try:
        # PyAV's types know `decode` of every kind of context but not of a created one.
        decoder: Any = av.CodecContext.create(_DECODERS.get(frame.codec, frame.codec.value), "r")
        decoder.thread_count = 1
        decoder.options = {"max_pixels": str(MAX_PIXELS), **options}
        for packet in (av.Packet(frame.data), None):
            for picture in decoder.decode(packet):
                if isinstance(picture, VideoFrame):
                    return picture
    except (FFmpegError, ValueError) as error:
        raise MediaError(f"a key frame could not be decoded: {error}") from None
    raise MediaError("a key frame gave no picture")


def _rows(picture: VideoFrame, depth: int) -> bytes:
    """Return pixels of so many bytes without the padding at the end of each row."""
    plane, row = picture.planes[0], depth * picture.width
    data, pitch = bytes(plane), plane.line_size
    return b"".join(data[y * pitch : y * pitch + row] for y in range(picture.height))

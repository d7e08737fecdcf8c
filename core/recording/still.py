"""One key frame → a small picture to look at, or to judge. Nothing of it reaches a file."""

from __future__ import annotations

from typing import Any

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from ..errors import MediaError
from ..model import Codec, EncodedFrame, Picture, Size

LARGEST = Size(384, 216)
"""Of a picture at most, whatever is asked for: a quarter of a screen that shows four."""
GREYS = 32, 18
"""Columns and rows that are enough to tell black from dark, and still from moving."""
MAX_PIXELS = 1 << 26
"""Pictures beyond 8192x8192 are not decoded: a few hostile bytes could claim any size."""

_DECODERS = {Codec.H265: "hevc", Codec.AV1: "libdav1d"}
"""Where FFmpeg's own choice is another name, or a decoder that needs graphics hardware."""


class Still:
    """A video key frame, decoded; pictures of any size are made from it.

    Decoding takes tens of milliseconds for a large frame, so it belongs into a thread of its own;
    a picture takes one or less.

    Raises:
        MediaError: The frame does not decode by itself.
    """

    def __init__(self, frame: EncodedFrame) -> None:
        # What is kept is small, for there may be one of every stream.
        self._kept = _shrink(_decode(frame), LARGEST, "yuv420p")

    def picture(self, size: Size) -> Picture:
        """Return it so that it fits into a size. It keeps its shape and never grows.

        Raises:
            MediaError: FFmpeg makes none of it.
        """
        return small_picture(self._kept, size)


def small_picture(picture: VideoFrame, size: Size) -> Picture:
    """Return a decoded picture so that it fits into a size. It keeps its shape and never grows.

    Raises:
        MediaError: FFmpeg makes none of it.
    """
    small = _shrink(picture, size, "rgb24")
    return Picture(small.width, small.height, _rows(small, 3))


def _shrink(picture: VideoFrame, size: Size, pixels: str) -> VideoFrame:
    scale = min(size.width / picture.width, size.height / picture.height, 1.0)
    width, height = (max(1, round(it * scale)) for it in (picture.width, picture.height))
    try:
        return picture.reformat(width, height, format=pixels, interpolation=Interpolation.AREA)
    except (FFmpegError, ValueError) as error:
        raise MediaError(f"a still picture could not be made: {error}") from None


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

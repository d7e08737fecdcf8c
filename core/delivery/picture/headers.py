"""What the headers of key frames say of colours, also where they say something else later on.

A header is read by the decoder that it is for, once for each one that is another one, which takes
milliseconds. Each gets a decoder of its own: one that goes on keeps what it was told before where a
header says nothing (libavcodec's of H.264).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import av
from av.error import FFmpegError

from ...errors import MediaError
from ...model import Codec
from ...rtp.bitstream import av1, h264, h265
from ...rtp.bitstream.nal import split_annex_b
from .colours import UNKNOWN, Colours, colours_of

_DECODERS = {Codec.H265: "hevc", Codec.AV1: "libdav1d"}
"""Where libavcodec calls it something else, or takes one that needs graphics hardware."""
_VP9_BYTES = 6
"""Of a key frame, in which its colours are (VP9 bitstream specification, 6.2)."""


class Headers:
    """What the key frames of a file say.

    Args:
        codec: Of its pictures.
        file: What the file says of all of them.
    """

    def __init__(self, codec: Codec | None, file: Colours) -> None:
        self._codec = codec
        self._file = file
        self._beyond: Colours | None = None
        """What the file says, and its first header does not."""
        self._known: dict[bytes, Colours] = {}
        self._last = file

    def colours(self, key_frame: bytes) -> Colours:
        """Return those of a key frame and of what follows it.

        Args:
            key_frame: As in `EncodedFrame.data`.
        """
        header = _header(self._codec, key_frame)
        if self._codec is not None and header:
            if header not in self._known:
                self._known[header] = self._judged(_said(self._codec, key_frame))
            self._last = self._known[header]
        return self._last

    def _judged(self, said: Colours) -> Colours:
        if self._beyond is None:
            self._beyond = self._file.beyond(said)
        return said.with_unsaid(self._beyond) if said.agrees(self._file) else said


def _header(codec: Codec | None, frame: bytes) -> bytes:
    """The part of a key frame that says its colours; empty where none does."""
    if codec is Codec.VP9:
        return frame[:_VP9_BYTES]
    if codec is Codec.H264:
        return b"".join(nal for nal in split_annex_b(frame) if h264.nal_type(nal) == h264.SPS)
    if codec is Codec.H265:
        return b"".join(nal for nal in split_annex_b(frame) if h265.nal_type(nal) == h265.SPS)
    if codec is Codec.AV1:
        return _sequence_header(frame)
    return b""


def _sequence_header(frame: bytes) -> bytes:
    try:
        units: Iterable[av1.Obu] = av1.read_obus(frame)
        return next((one.payload for one in units if one.kind == av1.SEQUENCE_HEADER), b"")
    except MediaError:
        return b""


def _said(codec: Codec, frame: bytes) -> Colours:
    """What a decoder makes of the headers of a key frame; nothing where it does not decode."""
    context: Any = av.CodecContext.create(_DECODERS.get(codec, codec), "r")
    context.thread_count = 1
    try:
        frames = [*context.decode(av.Packet(frame)), *context.decode(None)]
    except FFmpegError:
        return UNKNOWN
    return colours_of(codec, frames[0]) if frames else UNKNOWN

"""Streams to copy codec parameters from.

A muxer wants parameters that no packet carries (Opus: the OpusHead with its layout). They are
read from the begin of a file in memory, once per process and codec: of Opus one that is
written here, for its encoder alone takes three megabytes; of the others one frame of silence.
An MP4 also names the pixel format of VP9, which is read from the first frame.
"""

from __future__ import annotations

import functools
import io
import struct
from typing import Any, NamedTuple

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from ..model import Codec
from .ogg import ogg_opus


class _Recipe(NamedTuple):
    encoder: str
    rate: int


# The RTP clock of G.722 is half its sampling rate (RFC 3551, 4.5.2).
_RECIPES = {
    Codec.PCMU: _Recipe("pcm_mulaw", 8000),
    Codec.PCMA: _Recipe("pcm_alaw", 8000),
    Codec.G722: _Recipe("g722", 16000),
}


class Template(NamedTuple):
    """A stream with parameters, and the container that keeps it alive."""

    stream: AudioStream | VideoStream
    container: InputContainer


@functools.cache
def template(codec: Codec) -> Template:
    """Return a stream of this audio codec; its container must not be read or closed."""
    container = av.open(ogg_opus() if codec is Codec.OPUS else _silence(_RECIPES[codec]), "r")
    return Template(container.streams.audio[0], container)


def vp9_template(key_frame: bytes) -> Template:
    """Return a stream with the parameters of a VP9 key frame, its pixel format among them.

    Raises:
        FFmpegError: It is none.
    """
    header = struct.pack("<4sHH4s4xIII4x", b"DKIF", 0, 32, b"VP90", 1, 1, 1)
    frame = struct.pack("<I8x", len(key_frame)) + key_frame
    container = av.open(io.BytesIO(header + frame), "r", format="ivf")
    return Template(container.streams.video[0], container)


def _silence(recipe: _Recipe) -> io.BytesIO:
    memory = io.BytesIO()
    output: Any  # PyAV's own types leave out what its methods take.
    with av.open(memory, "w", format="wav") as output:
        stream = output.add_stream(recipe.encoder, rate=recipe.rate)
        stream.codec_context.layout = "mono"
        sample_format = stream.codec_context.format.name
        frame = av.AudioFrame(format=sample_format, layout="mono", samples=960)
        frame.sample_rate = recipe.rate
        frame.pts = 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        output.mux([*stream.encode(frame), *stream.encode(None)])
    memory.seek(0)
    return memory

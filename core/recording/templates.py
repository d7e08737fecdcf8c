"""Audio streams to copy codec parameters from.

A muxer wants parameters that no packet carries (Opus: the OpusHead with its layout). An
encoder knows them: one silent frame is encoded into memory, once per process and codec.
"""

from __future__ import annotations

import functools
import io
from typing import Any, NamedTuple

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from ..model import Codec


class _Recipe(NamedTuple):
    encoder: str
    format: str
    rate: int
    layout: str


# Stereo Opus decodes mono packets too (RFC 7845, 5.1.1); the RTP clock of G.722 is half its
# sampling rate (RFC 3551, 4.5.2).
_RECIPES = {
    Codec.OPUS: _Recipe("libopus", "matroska", 48000, "stereo"),
    Codec.PCMU: _Recipe("pcm_mulaw", "wav", 8000, "mono"),
    Codec.PCMA: _Recipe("pcm_alaw", "wav", 8000, "mono"),
    Codec.G722: _Recipe("g722", "wav", 16000, "mono"),
}


class Template(NamedTuple):
    """A stream with parameters, and the container that keeps it alive."""

    stream: AudioStream
    container: InputContainer


@functools.cache
def template(codec: Codec) -> Template:
    """Return a stream of this audio codec; its container must not be read or closed."""
    recipe = _RECIPES[codec]
    memory = io.BytesIO()
    output: Any  # PyAV's own types leave out what its methods take.
    with av.open(memory, "w", format=recipe.format) as output:
        stream = output.add_stream(recipe.encoder, rate=recipe.rate)
        stream.codec_context.layout = recipe.layout
        sample_format = stream.codec_context.format.name
        frame = av.AudioFrame(format=sample_format, layout=recipe.layout, samples=960)
        frame.sample_rate = recipe.rate
        frame.pts = 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        output.mux([*stream.encode(frame), *stream.encode(None)])
    memory.seek(0)
    container = av.open(memory, "r")
    return Template(container.streams.audio[0], container)

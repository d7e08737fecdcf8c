"""Packets of sound → samples, as the decoder gives them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags2
from av.error import FFmpegError

from ...model import Codec
from .chain import LAYOUTS
from .damage import Damages
from .stretches import Block

_NONE = Fraction(0)


class Run(NamedTuple):
    """Samples without a hole."""

    begin: float
    """Second of the session."""
    frame: AudioFrame
    first: bool
    """Whether it does not go on with what was before."""
    until: float
    """From there on something else is heard."""


class Decoder:
    """Decodes packets one after the other, also those of several files that go on in each other.

    Args:
        codec: Of the packets; ``None`` is one that roomdeck does not record.
        stream: Of a file, which may be closed afterwards.
        channels: As which Opus is decoded, which can be either (RFC 7845, 5.1.1).
        damages: Gets what does not decode.
    """

    def __init__(
        self, codec: Codec | None, stream: AudioStream, channels: int, damages: Damages
    ) -> None:
        source = stream.codec_context
        self.codec = codec
        self._damages = damages
        # PyAV's types know `decode` of every kind of context but not of a created one.
        context: Any = av.CodecContext.create(source.codec.name, "r")
        context.sample_rate = source.sample_rate
        if codec is Codec.OPUS:
            context.layout = LAYOUTS[channels]
        else:
            # A plain WAV says how many channels there are, and not which.
            layout = source.layout
            context.layout = LAYOUTS.get(layout.nb_channels, layout.name)
            context.extradata = source.extradata
        # Containers say that samples are to be left out at the begin: that would move the others.
        context.flags2 |= Flags2.skip_manual
        self._context = context
        self._channels = channels if codec is Codec.OPUS else source.layout.nb_channels

    def runs(self, block: Block[Decoder, Any]) -> list[Run]:
        """Return what a block sounds like; what does not decode is left out."""
        found: list[Run] = []
        fifo = AudioFifo()
        begin = at = block.begin
        first = block.first
        for sound in block.sounds:
            try:
                self._decode(sound.data, fifo)
            except (FFmpegError, ValueError):
                self._damages.of(sound.data.stream.container.name).packet(at)
                _take(found, fifo, begin, first, block.until)
                fifo = AudioFifo()
                begin, first = at + sound.seconds, True
            at += sound.seconds
        _take(found, fifo, begin, first, block.until)
        return found

    def _decode(self, packet: Any, fifo: AudioFifo) -> None:
        for frame in self._context.decode(packet):
            if frame.layout.nb_channels != self._channels:
                raise ValueError("another number of channels than before")
            if not fifo.samples:
                # Times are those of the block; a fifo that begins without a unit compares none.
                frame.time_base = _NONE
            fifo.write(frame)


def _take(found: list[Run], fifo: AudioFifo, begin: float, first: bool, until: float) -> None:
    frame = fifo.read()
    if isinstance(frame, AudioFrame):
        found.append(Run(begin, frame, first, until))

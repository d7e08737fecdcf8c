"""A delivered file: coded pictures and sound, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import av
import msgspec
from av.audio.frame import AudioFrame

from .masters import open_master
from .picture.colours import UNKNOWN, Colours, tell
from .picture.index import Index
from .picture.packets import Coded, copied, piece_sets, read_piece
from .picture.parameter_sets import ParameterSets, configuration
from .presets import Form
from .sound.chain import LAYOUTS
from .sound.encoding import aac
from .window import SAMPLE_RATE

_H264 = "h264"
_CHUNK = 0.5
"""Seconds of picture that are written before their sound is."""


class Made(msgspec.Struct, frozen=True, tag=True):
    """A piece that was encoded."""

    file: Path
    number: int


class Kept(msgspec.Struct, frozen=True, tag=True):
    """Pictures of a master that are copied."""

    file: Path
    index: Index
    begin: int
    number: int


class Picture(NamedTuple):
    """The picture of a file."""

    codec: str
    size: tuple[int, int]
    fps: Fraction
    parts: Sequence[Made | Kept]
    """In order."""
    depth: int = 0
    """Of what was encoded: as `Encoding.depth`."""
    kept_sets: ParameterSets = ()
    """Parameter sets of all that are copied."""
    timecode: str = ""
    """Of its first picture."""
    colours: Colours = UNKNOWN


class Sound(NamedTuple):
    """The sound of a file."""

    frames: Iterator[AudioFrame]
    """At `SAMPLE_RATE`."""
    channels: int
    threads: int = 1
    """That encode it beside each other, where it is compressed."""


def write(
    path: Path,
    form: Form,
    picture: Picture | None,
    sound: Sound | None,
    progress: Callable[[float], None],
) -> None:
    """Write a file.

    Args:
        path: Where to; what is there is overwritten.
        form: Of the file.
        picture: What is to be seen.
        sound: What is to be heard.
        progress: Called with the seconds that are done.

    Raises:
        RecordingError: A master cannot be read.
        FFmpegError: The file cannot be written.
        OSError: The same.
    """
    container: Any
    with av.open(str(path), "w", format=form.muxer, options=form.options) as container:
        pictures = _Pictures(container, picture) if picture else None
        sounds = _Sounds(container, sound, form) if sound else None
        until = 0.0
        while True:
            until += _CHUNK
            more = [track.go_on(until) for track in (pictures, sounds) if track is not None]
            progress(until)
            if not any(more):
                break


class _Pictures:
    def __init__(self, container: Any, picture: Picture) -> None:
        self._container = container
        self._picture = picture
        self._stream: Any = self._add_stream()
        self._depth = max(
            picture.depth, *(_depth(part) for part in picture.parts if isinstance(part, Kept)), 0
        )
        self._packets = self._all()
        self._number = 0
        self._tick = 1 / picture.fps

    def go_on(self, until: float) -> bool:
        """Write the pictures up to a second; whether there are more."""
        end = ceil(until * self._picture.fps)
        while self._number < end:
            coded = next(self._packets, None)
            if coded is None:
                return False
            packet: Any = av.Packet(coded.data)
            packet.stream, packet.time_base = self._stream, self._tick
            packet.pts, packet.dts = coded.slot, self._number - self._depth
            packet.duration, packet.is_keyframe = 1, coded.key
            self._container.mux_one(packet)
            self._number += 1
        return True

    def _add_stream(self) -> Any:
        picture = self._picture
        with open_master(picture.parts[0].file) as template:
            like = template.streams.video[0]
            stream = self._container.add_stream_from_template(like)
            tag = like.codec_context.codec_tag
        context = stream.codec_context
        context.width, context.height = picture.size
        context.framerate, stream.time_base = picture.fps, 1 / picture.fps
        tell(picture.colours, context)
        if picture.codec == _H264:
            context.extradata = configuration(self._sets())
        else:
            context.codec_tag = tag  # which says the kind of ProRes
        if picture.timecode:
            stream.metadata["timecode"] = picture.timecode
        return stream

    def _all(self) -> Iterator[Coded]:
        """Coded pictures of all parts."""
        begin = 0
        for part in self._picture.parts:
            yield from self._read(part, begin)
            begin += part.number

    def _read(self, part: Made | Kept, slot: int) -> Iterator[Coded]:
        if isinstance(part, Made):
            return read_piece(part.file, self._picture.fps, slot)
        return copied(part.file, part.index, part.begin, part.number, slot)

    def _sets(self) -> ParameterSets:
        made = (part.file for part in self._picture.parts if isinstance(part, Made))
        first = next(made, None)
        return (*(piece_sets(first) if first else ()), *self._picture.kept_sets)


def _depth(part: Kept) -> int:
    """How many pictures are decoded before one that is shown before them, at most."""
    stored = part.index.stored[part.begin : part.begin + part.number]
    rank = {ticks: number for number, ticks in enumerate(sorted(stored))}
    return max((number - rank[ticks] for number, ticks in enumerate(stored)), default=0)


class _Sounds:
    def __init__(self, container: Any, sound: Sound, form: Form) -> None:
        self._container = container
        self._packets: Iterator[Any]
        self._stream: Any = container.add_stream(form.sound, rate=SAMPLE_RATE)
        self._stream.layout = LAYOUTS[sound.channels]
        if form.kilobits:
            self._stream.bit_rate = form.kilobits * 1000 * sound.channels
            self._packets = aac(sound.frames, form.kilobits, sound.threads)
        else:
            self._packets = self._encoded(sound.frames)

    def go_on(self, until: float) -> bool:
        """Write the sound up to a second; whether there is more."""
        for packet in self._packets:
            begin = packet.pts
            packet.stream = self._stream
            self._container.mux_one(packet)
            if begin >= until * SAMPLE_RATE:
                return True
        return False

    def _encoded(self, frames: Iterable[AudioFrame]) -> Iterator[Any]:
        for frame in frames:
            yield from self._stream.encode(frame)
        yield from self._stream.encode(None)

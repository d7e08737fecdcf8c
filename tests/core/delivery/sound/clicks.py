"""Sound with clicks at known moments, and where they are in what is delivered."""

from __future__ import annotations

import functools
import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec

from roomdeck.core.delivery.session import Clip, Person
from roomdeck.core.delivery.sound import placed
from roomdeck.core.delivery.times import TimeMap
from roomdeck.core.model import (
    AudioSummary,
    Codec,
    Container,
    EncodedFrame,
    Kind,
    Misplaced,
    TakeSummary,
)
from roomdeck.core.recording.container import TakeFile

from ...recording.films import Stored
from ...recording.media import START

RATE = 48000
HEIGHT = 0.8
_WIDTH = 0.0015
"""Seconds from the top of a click to its foot."""
_ENCODERS = {
    Codec.OPUS: ("libopus", 48000),
    Codec.PCMU: ("pcm_mulaw", 8000),
    Codec.G722: ("g722", 16000),
}


@functools.cache
def sent(
    clicks: tuple[float, ...],
    seconds: float,
    codec: Codec = Codec.OPUS,
    channels: int = 1,
    dtx: bool = False,
    hum: float = 0.0,
) -> tuple[EncodedFrame, ...]:
    """Packets of 20 ms with clicks at these seconds, over a tone."""
    name, rate = _ENCODERS[codec]
    context: Any = av.CodecContext.create(name, "w")
    context.sample_rate, context.format = rate, "s16"
    layout = "stereo" if channels == 2 else "mono"
    context.layout = layout
    if codec is Codec.OPUS:
        context.bit_rate = 96000 * channels
        context.options = {"application": "audio", "dtx": str(int(dtx))}
    context.open()
    wave = _wave(clicks, seconds, rate, hum)
    count = rate // 50
    packets: list[Any] = []
    for number in range(len(wave) // count):
        frame = av.AudioFrame("s16", layout, count)
        frame.sample_rate, frame.pts = rate, number * count
        mono = wave[number * count : (number + 1) * count]
        samples = array("h", [one for value in mono for one in [value] * channels])
        frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        packets += context.encode(frame)
    step = codec.clock_rate // 50
    return tuple(
        EncodedFrame(codec, bytes(packet), number * step, START + number / 50, True)
        for number, packet in enumerate(packets)
    )


def _wave(clicks: Iterable[float], seconds: float, rate: int, hum: float) -> array[int]:
    count = round(seconds * rate)
    if hum:
        step = 2 * math.pi * 300 / rate
        wave = array("h", [round(hum * 32767 * math.sin(n * step)) for n in range(count)])
    else:
        wave = array("h", bytes(2 * count))
    for time in clicks:
        begin, end = math.ceil((time - _WIDTH) * rate), math.floor((time + _WIDTH) * rate)
        for index in range(max(0, begin), min(count, end + 1)):
            phase = (index / rate - time) / _WIDTH
            wave[index] = round(HEIGHT * 32767 * (1 + math.cos(math.pi * phase)) / 2)
    return wave


def at(frames: Iterable[EncodedFrame], times: Iterable[float]) -> list[Stored]:
    """Packets at these seconds of a file."""
    return [Stored(frame, time) for frame, time in zip(frames, times, strict=True)]


def every(number: int, begin: float = 0.0, step: float = 0.02) -> list[float]:
    return [begin + step * index for index in range(number)]


def record(path: Path, sounds: Sequence[Stored]) -> None:
    """Write a file as a take does."""
    codec = sounds[0].frame.codec
    with path.open("wb", buffering=0) as file:
        take = TakeFile(path, file, None, codec, Container(path.suffix[1:]))
        for frame, time, _ in sounds:
            take.write(frame, round(time * codec.clock_rate))
        take.close()


def clip(
    path: Path,
    sounds: Sequence[Stored],
    begin: float = 0.0,
    *,
    scale: float = 1.0,
    misplaced: tuple[Misplaced, ...] = (),
    channels: int = 1,
    **changes: Any,
) -> Clip:
    """Write a file of sound; time zero of it is at second ``begin`` of the session."""
    record(path, sounds)
    seconds = sounds[-1].time + 0.02
    take = TakeSummary(
        stream="a",
        raw_id="a",
        file=path.name,
        started=0.0,
        offset=begin,
        seconds=seconds,
        audio=AudioSummary(sounds[0].frame.codec, len(sounds), channels),
        starts={Kind.AUDIO: sounds[0].time},
        misplaced={Kind.AUDIO: list(misplaced)},
    )
    take = msgspec.structs.replace(take, **changes)
    times = TimeMap(begin, scale, misplaced)
    return Clip(path, dict.fromkeys(Kind, times), seconds, take)


class Heard:
    """What is delivered of a person."""

    def __init__(self, clips: Sequence[Clip], seconds: float, begin: float = 0.0) -> None:
        self.notes: list[str] = []
        self.samples = 0
        self.longest = 0
        self.channels = 0
        self.planes: list[array[float]] = []
        person = Person("a", "Alice", tuple(clips))
        for frame in placed(person, begin, round(seconds * RATE), self.notes):
            assert frame.pts == self.samples
            assert (frame.format.name, frame.sample_rate) == ("fltp", RATE)
            assert frame.time_base == Fraction(1, RATE)
            self.samples += frame.samples
            self.longest = max(self.longest, frame.samples)
            self.planes = self.planes or [array("f") for _ in frame.planes]
            for plane, samples in zip(self.planes, frame.planes, strict=True):
                plane.frombytes(bytes(samples)[: 4 * frame.samples])

    @property
    def wave(self) -> array[float]:
        return self.planes[0]

    @property
    def clicks(self) -> list[float]:
        """Seconds from the begin."""
        return list(_tops(self.wave, HEIGHT / 2))

    def loudest(self, begin: float, end: float) -> float:
        part = self.wave[round(begin * RATE) : round(end * RATE)]
        return max(max(part), -min(part))


def _tops(wave: array[float], least: float) -> Iterator[float]:
    index, count = 0, len(wave)
    while index < count:
        block = wave[index : index + 480]
        if max(block) < least:
            index += 480
            continue
        index = next(n for n in range(index, index + len(block)) if wave[n] >= least)
        end = min(count, index + round(2 * _WIDTH * RATE))
        yield max(range(index, end), key=wave.__getitem__) / RATE
        index = end

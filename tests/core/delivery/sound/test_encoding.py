"""Sound is encoded in parts, and nobody hears where they join."""

from __future__ import annotations

import functools
import math
import random
from array import array
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import pytest
from av.audio.frame import AudioFrame

from roomdeck.core.delivery.sound import encoding
from roomdeck.core.delivery.sound.encoding import BLOCK, FRAME, aac, encode, window
from roomdeck.core.delivery.window import SAMPLE_RATE

PART = 6
WARM = 72
"""Frames after which an encoder is at its best."""
SECONDS = 5.0
STEP = SAMPLE_RATE // 2
KILOBITS = 128
LONG = PART * BLOCK * FRAME
END = 8
"""Frames of it."""
WORSE = 2.0
"""By what the error of a frame may differ, as energy."""


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "PART", PART)


@functools.cache
def _wave(channels: int, seconds: float = SECONDS) -> list[array[float]]:
    """A chord over some noise, another one in each channel."""
    chance, count = random.Random(1), round(seconds * SAMPLE_RATE)
    noise = [chance.uniform(-0.01, 0.01) for _ in range(count)]
    steps = [
        [2 * math.pi * hertz * (1 + channel) / SAMPLE_RATE for hertz in (440, 1337)]
        for channel in range(channels)
    ]
    return [
        array(
            "f", (0.2 * (math.sin(n * low) + math.sin(n * high)) + noise[n] for n in range(count))
        )
        for low, high in steps
    ]


def _clicks() -> list[array[float]]:
    chance = random.Random(2)
    samples = array("f", (chance.uniform(-0.001, 0.001) for _ in range(3 * SAMPLE_RATE)))
    for begin in range(0, len(samples) - 50, 9001):
        for number in range(50):
            samples[begin + number] += 0.8 * math.exp(-number / 10)
    return [samples]


def _frame(wave: list[array[float]], begin: int = 0, end: int | None = None) -> AudioFrame:
    parts = [samples[begin:end] for samples in wave]
    frame = AudioFrame("fltp", "mono" if len(wave) == 1 else "stereo", len(parts[0]))
    for part, plane in zip(parts, frame.planes, strict=True):
        plane.update(part.tobytes().ljust(plane.buffer_size, b"\0"))
    frame.sample_rate = SAMPLE_RATE
    return frame


def _frames(wave: list[array[float]]) -> Iterator[AudioFrame]:
    for begin in range(0, len(wave[0]), STEP):
        frame = _frame(wave, begin, begin + STEP)
        frame.pts = begin
        yield frame


def _coded(wave: list[array[float]], threads: int = 2) -> list[bytes]:
    return [bytes(packet) for packet in aac(_frames(wave), KILOBITS, threads)]


def _by_one(wave: list[array[float]]) -> list[bytes]:
    frame = _frame(wave)
    frame.pts, frame.time_base = 0, Fraction(1, SAMPLE_RATE)
    return [bytes(packet) for packet in encode([frame], KILOBITS)]


def _errors(coded: list[bytes], wave: list[array[float]]) -> list[float]:
    """How far each frame is from what it should be, as energy."""
    maker: Any = av.CodecContext.create("aac", "w")
    maker.sample_rate, maker.format = SAMPLE_RATE, "fltp"
    maker.layout = "mono" if len(wave) == 1 else "stereo"
    maker.open()
    decoder: Any = av.CodecContext.create("aac", "r")
    decoder.extradata = maker.extradata
    frames = [frame for data in coded for frame in decoder.decode(av.Packet(data))]
    return [
        sum(
            (one - other) ** 2
            for plane, samples in zip(frame.planes, wave, strict=True)
            for one, other in zip(
                memoryview(plane).cast("f"),
                samples[number * FRAME : (number + 1) * FRAME],
                strict=False,
            )
        )
        for number, frame in enumerate(frames[1:])
    ]


@pytest.mark.parametrize("channels", [1, 2])
def test_parts_are_as_good_as_one_encoder(channels: int) -> None:
    wave = _wave(channels)
    parts, one = _coded(wave), _by_one(wave)
    assert len(parts) == len(one)
    assert parts != one, "there were no parts"
    of_parts, of_one = _errors(parts, wave), _errors(one, wave)
    # Begin and end of all sound are worse, by chance.
    assert max(of_parts[WARM:-END]) <= WORSE * max(of_one[WARM:-END])


def test_they_are_the_same_however_many_encode() -> None:
    wave = _wave(1)
    assert _coded(wave, 1) == _coded(wave, 2) == _coded(wave, 3)


def test_each_packet_has_its_time() -> None:
    wave = _wave(2)
    packets = list(aac(_frames(wave), KILOBITS, 2))
    assert [packet.pts for packet in packets] == [
        (number - 1) * FRAME for number in range(len(packets))
    ]
    assert all(packet.dts == packet.pts for packet in packets)
    assert sum(packet.duration for packet in packets[1:]) == len(wave[0])


def test_parts_that_do_not_fit_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(packet: bytes) -> None:
        del packet

    monkeypatch.setattr(encoding, "window", unknown)
    wave = _wave(1)
    assert _coded(wave) == _by_one(wave)


@pytest.mark.parametrize("samples", [1, FRAME, LONG - 1, LONG, LONG + 1])
def test_any_length(samples: int) -> None:
    wave = [channel[:samples] for channel in _wave(1)]
    packets = list(aac(_frames(wave), KILOBITS, 2))
    assert len(packets) == len(_by_one(wave))
    assert sum(packet.duration for packet in packets[1:]) == samples


def test_no_sound() -> None:
    assert list(aac(iter(()), KILOBITS, 2)) == []


def test_windows_follow_each_other_as_they_may() -> None:
    """A long one, a start, short ones, a stop, a long one (ISO/IEC 14496-3, 4.6.11.3)."""
    found = [window(packet) for packet in _by_one(_clicks())]
    kinds = [one >> 1 for one in found if one is not None]
    assert set(kinds) == {0, 1, 2, 3}
    after = {0: {0, 1}, 1: {2}, 2: {2, 3}, 3: {0, 1}}
    assert len(kinds) == len(found) - 1, "one frame begins with who encoded it"
    assert all(then in after[now] for now, then in pairwise(kinds))

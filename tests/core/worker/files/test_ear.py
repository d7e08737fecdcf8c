"""What is looked at of the sound of a stream."""

from __future__ import annotations

import msgspec
import pytest

from roomdeck.core.model import Codec, EncodedFrame
from roomdeck.core.recording.listening.loudness import Reading
from roomdeck.core.recording.listening.samples import Sampler
from roomdeck.core.worker.files.ear import Ear

from ...recording.listening.packets import tone

TONE = tone(Codec.OPUS, 0.1)
LOOKED_AT = 8
"""Packets of 20 ms."""


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many packets were decoded each time."""
    counts: list[int] = []

    def read(self: Sampler, frames: list[EncodedFrame]) -> Reading:
        counts.append(len(frames))
        return Reading(-23.0, -20.0, False)

    monkeypatch.setattr(Sampler, "read", read)
    return counts


def listen(ear: Ear, levels: list[int], now: float = 1.0) -> None:
    ear.take(levels)
    ear.hear(ear.measure() if ear.wants_samples else None, now)


def test_a_few_packets_are_decoded_however_many_come(decoded: list[int]) -> None:
    ear = Ear()
    for _ in range(20):
        ear.see(TONE)
    listen(ear, [])
    assert decoded == [LOOKED_AT]


def test_none_is_decoded_of_who_says_how_loud_it_is(decoded: list[int]) -> None:
    ear = Ear()
    ear.see(TONE)
    listen(ear, [40, 41])
    meter = ear.meter(1.0)
    assert meter is not None
    assert (decoded, meter.decoded) == ([], False)
    assert meter.level == pytest.approx(-40.5, abs=0.1)


def test_loud_packets_are_decoded_to_see_whether_they_are_cut_off(decoded: list[int]) -> None:
    ear = Ear()
    ear.see(TONE)
    listen(ear, [40, 8])
    meter = ear.meter(1.0)
    assert meter is not None
    assert (decoded, meter.decoded, meter.peak) == ([LOOKED_AT], False, -8)


def test_long_packets_are_decoded_one_at_a_time(decoded: list[int]) -> None:
    six = msgspec.structs.replace(TONE[0], data=b"\xff\x06" + bytes(12))
    ear = Ear()
    ear.see([six, six, six])
    listen(ear, [])
    assert decoded == [1]


def test_nothing_is_decoded_twice(decoded: list[int]) -> None:
    ear = Ear()
    ear.see(TONE)
    listen(ear, [])
    listen(ear, [], 1.5)
    assert decoded == [LOOKED_AT]


def test_a_track_that_is_gone_is_forgotten() -> None:
    ear = Ear()
    listen(ear, [40])
    ear.forget()
    assert ear.meter(2.0) is None


def test_what_is_measured_is_right() -> None:
    ear = Ear()
    for begin in range(0, 24, 4):
        ear.see(TONE[begin : begin + 3])
        listen(ear, [])
    meter = ear.meter(1.0)
    assert meter is not None
    assert meter.decoded
    assert meter.level == pytest.approx(-23.0, abs=1)

"""What is looked at of the sound of a stream."""

from __future__ import annotations

import msgspec
import pytest

from roomdeck.core.model import Codec
from roomdeck.core.recording.listening.loudness import Reading
from roomdeck.core.worker.files.ear import Ear

from ...recording.listening.packets import tone

TONE = tone(Codec.OPUS, 0.1)
LOOKED_AT = 8
"""Packets of 20 ms."""

READING = Reading(-23.0, -20.0, False)


def listen(ear: Ear, levels: list[int], now: float = 1.0) -> int:
    """Return how many packets were handed over to be decoded."""
    ear.take(levels)
    if ear.chosen:
        ear.measured(READING)
    ear.hear(now)
    return len(ear.chosen)


def test_a_few_packets_are_decoded_however_many_come() -> None:
    ear = Ear()
    for _ in range(20):
        ear.see(TONE)
    assert listen(ear, []) == LOOKED_AT


def test_none_is_decoded_of_who_says_how_loud_it_is() -> None:
    ear = Ear()
    ear.see(TONE)
    assert listen(ear, [40, 41]) == 0
    meter = ear.meter(1.0)
    assert meter is not None
    assert not meter.decoded
    assert meter.level == pytest.approx(-40.5, abs=0.1)


def test_loud_packets_are_decoded_to_see_whether_they_are_cut_off() -> None:
    ear = Ear()
    ear.see(TONE)
    assert listen(ear, [40, 8]) == LOOKED_AT
    meter = ear.meter(1.0)
    assert meter is not None
    assert (meter.decoded, meter.peak) == (False, -8)


def test_long_packets_are_decoded_one_at_a_time() -> None:
    six = msgspec.structs.replace(TONE[0], data=b"\xff\x06" + bytes(12))
    ear = Ear()
    ear.see([six, six, six])
    assert listen(ear, []) == 1


def test_nothing_is_decoded_twice() -> None:
    ear = Ear()
    ear.see(TONE)
    assert listen(ear, []) == LOOKED_AT
    assert listen(ear, [], 1.5) == 0


def test_what_was_measured_late_is_heard_with_what_came_since() -> None:
    ear = Ear()
    ear.see(TONE)
    ear.take([])
    ear.hear(1.0)
    assert ear.meter(1.0) is None
    ear.measured(READING)
    ear.see(TONE)
    ear.take([])
    ear.hear(1.5)
    meter = ear.meter(1.5)
    assert meter is not None
    assert meter.level == READING.level


def test_a_track_that_is_gone_is_forgotten() -> None:
    ear = Ear()
    listen(ear, [40])
    ear.forget()
    assert ear.meter(2.0) is None
